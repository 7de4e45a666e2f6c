// The draft of an answer to a message.
#include <algorithm>

#include "mail/message/address.h"
#include "mail/message/charset.h"
#include "mail/message/compose.h"
#include "mail/message/date.h"
#include "mail/message/encoded_word.h"
#include "mail/message/header.h"
#include "mail/message/text.h"

namespace restante::message {
namespace {

constexpr std::size_t kMaxReferences = 100;  // the first and the latest ones (RFC 5537 s3.4.4)

std::string clean_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  return text;
}

std::vector<Mailbox> mailboxes(const std::vector<EnvelopeAddress>& list) {
  std::vector<Mailbox> out;
  for (const EnvelopeAddress& address : list) {
    if (address.kind != EnvelopeAddress::Kind::Mailbox || address.mailbox.empty() ||
        address.host.empty())
      continue;
    Mailbox mailbox{clean_line(display_name(address)), addr_spec(address)};
    if (is_safe_header_value(mailbox.address)) out.push_back(std::move(mailbox));
  }
  return out;
}

// Takes recipients once each, and nobody of the excluded.
class Recipients {
 public:
  explicit Recipients(const std::vector<std::string>& excluded) : excluded_(excluded) {}

  void add(const std::vector<Mailbox>& from, std::vector<Mailbox>& to) {
    for (const Mailbox& mailbox : from) {
      if (holds(excluded_, mailbox.address) || holds(seen_, mailbox.address)) continue;
      seen_.push_back(mailbox.address);
      to.push_back(mailbox);
    }
  }

 private:
  static bool holds(const std::vector<std::string>& list, const std::string& address) {
    return std::any_of(list.begin(), list.end(), [&](const std::string& other) {
      return equal_ignoring_case(other, address);
    });
  }

  const std::vector<std::string>& excluded_;
  std::vector<std::string> seen_;
};

void set_recipients(const Envelope& envelope, const ReplyOptions& options, Draft& draft) {
  const std::vector<Mailbox> from = mailboxes(envelope.from);
  const std::vector<Mailbox> to = mailboxes(envelope.to);
  std::vector<Mailbox> target = mailboxes(envelope.reply_to);
  if (target.empty()) target = from;
  Recipients recipients(options.own_addresses);
  recipients.add(target, draft.to);
  // An answer to one's own message goes to those it went to.
  if (draft.to.empty()) recipients.add(to, draft.to);
  if (options.all) {
    recipients.add(to, draft.cc);
    recipients.add(mailboxes(envelope.cc), draft.cc);
  }
  if (draft.to.empty()) draft.to.swap(draft.cc);
  if (draft.to.empty())
    draft.to = target.size() > 1 ? std::vector<Mailbox>{target.front()} : target;
}

// RFC 5322 s3.6.4: the answered message's References (or its one In-Reply-To) and its Message-ID.
void set_references(const Index& index, Draft& draft) {
  const auto usable = [](const std::string& id) {
    return is_safe_header_value(id) && id.size() < 900;
  };
  std::vector<std::string> references = index.references;
  if (references.empty() && index.in_reply_to.size() == 1) references = index.in_reply_to;
  if (!index.message_id.empty() && usable(index.message_id) &&
      index.message_id.find_first_of("<> \t") == std::string::npos) {
    std::erase(references, index.message_id);
    references.push_back(index.message_id);
    draft.in_reply_to = {index.message_id};
  }
  std::erase_if(references, [&](const std::string& id) { return !usable(id); });
  if (references.size() > kMaxReferences) {
    references.erase(references.begin() + 1,
                     references.end() - static_cast<std::ptrdiff_t>(kMaxReferences - 1));
  }
  draft.references = std::move(references);
}

std::string attribution(const Envelope& envelope) {
  std::string line;
  const auto date = envelope.date ? parse_date(*envelope.date) : std::nullopt;
  if (date) line = "On " + format_date(date->time, date->zone) + ", ";
  const auto author =
      std::find_if(envelope.from.begin(), envelope.from.end(), [](const EnvelopeAddress& address) {
        return address.kind == EnvelopeAddress::Kind::Mailbox;
      });
  std::string who = "somebody";
  if (author != envelope.from.end()) {
    who = clean_line(display_name(*author));
    if (who.empty()) who = clean_line(guess_utf8(addr_spec(*author)));
  }
  return line + who + " wrote:\n";
}

std::string quoted(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    // A signature is not answered; quoted lines get one more mark and no blank between.
    if (line == "-- " || line == "--") break;
    out.append(line.empty() || line.front() == '>' ? ">" : "> ").append(line).push_back('\n');
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  while (out.ends_with("\n>\n")) out.resize(out.size() - 2);
  return out;
}

}  // namespace

Draft reply_draft(std::string_view octets, const Index& index, const ReplyOptions& options) {
  Draft draft;
  const Envelope& envelope = index.messages.front().envelope;
  set_recipients(envelope, options, draft);
  set_references(index, draft);
  draft.subject = reply_subject(clean_line(index.subject));
  if (options.quote) {
    std::string text = readable_text(octets, index, options.quote_limit);
    std::erase_if(text, [](char c) { return c == '\0' || c == '\r'; });
    draft.text = attribution(envelope) + quoted(text);
  }
  return draft;
}

std::string reply_subject(std::string_view subject) {
  const auto skip_blanks = [&] {
    while (!subject.empty() && subject.front() == ' ') subject.remove_prefix(1);
  };
  skip_blanks();
  while (subject.size() >= 3 && equal_ignoring_case(subject.substr(0, 3), "re:")) {
    subject.remove_prefix(3);
    skip_blanks();
  }
  return subject.empty() ? "Re:" : "Re: " + std::string(subject);
}

}  // namespace restante::message
