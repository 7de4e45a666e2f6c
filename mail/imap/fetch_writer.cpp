// FETCH responses and ENVELOPE. See fetch_writer.h; BODYSTRUCTURE is in structure_writer.cpp.
#include "mail/imap/fetch_writer.h"

#include "mail/imap/object_id.h"
#include "mail/imap/writer.h"

namespace restante::imap {

namespace {

using message::EnvelopeAddress;

// RFC 9051 s7.5.2: NIL host starts or ends a group, so that a mailbox without a domain has "".
void append_address(std::string& out, const EnvelopeAddress& address) {
  using Kind = EnvelopeAddress::Kind;
  if (address.kind == Kind::GroupEnd) {
    out += "(NIL NIL NIL NIL)";
    return;
  }
  out += '(';
  if (address.kind == Kind::GroupStart || address.name.empty()) {
    out += "NIL";
  } else {
    append_string(out, address.name);
  }
  out += " NIL ";
  append_string(out, address.mailbox);
  out += ' ';
  if (address.kind == Kind::GroupStart) {
    out += "NIL";
  } else {
    append_string(out, address.host);
  }
  out += ')';
}

void append_addresses(std::string& out, const std::vector<EnvelopeAddress>& addresses) {
  if (addresses.empty()) {
    out += "NIL";
    return;
  }
  out += '(';
  for (const EnvelopeAddress& address : addresses) append_address(out, address);
  out += ')';
}

// `BINARY[1.2]<0>`
std::string binary_label(std::string_view name, const FetchItem& item) {
  const std::string label = section_label(item.section, item.partial);
  return std::string(name) + label.substr(label.find('['));
}

}  // namespace

void append_envelope(std::string& out, const message::Envelope& envelope) {
  out += '(';
  append_nstring(out, envelope.date);
  out += ' ';
  append_nstring(out, envelope.subject);
  const auto add = [&out](const std::vector<EnvelopeAddress>& addresses) {
    out += ' ';
    append_addresses(out, addresses);
  };
  add(envelope.from);
  add(envelope.sender.empty() ? envelope.from : envelope.sender);
  add(envelope.reply_to.empty() ? envelope.from : envelope.reply_to);
  add(envelope.to);
  add(envelope.cc);
  add(envelope.bcc);
  out += ' ';
  append_nstring(out, envelope.in_reply_to);
  out += ' ';
  append_nstring(out, envelope.message_id);
  out += ')';
}

FetchWriter::FetchWriter(std::string& out, std::uint32_t number, FetchNumber kind) : out_(out) {
  out_ += "* ";
  append_number(out_, number);
  out_ += kind == FetchNumber::Uid ? " UIDFETCH (" : " FETCH (";
}

void FetchWriter::item(std::string_view name) {
  if (!first_) out_ += ' ';
  first_ = false;
  out_ += name;
  out_ += ' ';
}

void FetchWriter::uid(std::uint32_t uid) {
  item("UID");
  append_number(out_, uid);
}

void FetchWriter::flags(std::uint8_t system, const std::vector<std::string>& keywords,
                        bool recent) {
  item("FLAGS");
  append_flag_list(out_, system, keywords, recent);
}

void FetchWriter::internal_date(std::chrono::sys_seconds time) {
  item("INTERNALDATE");
  append_date_time(out_, time);
}

void FetchWriter::size(std::uint64_t octets) {
  item("RFC822.SIZE");
  append_number(out_, octets);
}

void FetchWriter::modseq(std::uint64_t modseq) {
  item("MODSEQ");
  out_ += '(';
  append_number(out_, modseq);
  out_ += ')';
}

void FetchWriter::envelope(const message::Index& index) {
  item("ENVELOPE");
  append_envelope(out_, index.messages.empty() ? message::Envelope{} : index.messages[0].envelope);
}

void FetchWriter::body(const message::Index& index) {
  item("BODY");
  append_body_structure(out_, index, false);
}

void FetchWriter::body_structure(const message::Index& index) {
  item("BODYSTRUCTURE");
  append_body_structure(out_, index, true);
}

void FetchWriter::email_id(std::uint64_t number, std::uint64_t of_account) {
  item("EMAILID");
  out_ += '(' + object_id('M', number, of_account) + ')';
}

void FetchWriter::thread_id(std::uint64_t thread, std::uint64_t of_account) {
  item("THREADID");
  out_ += thread == 0 ? "NIL" : '(' + object_id('T', thread, of_account) + ')';
}

void FetchWriter::begin_section(const FetchItem& fetched, const SectionContent& content) {
  switch (fetched.kind) {
    case FetchItem::Kind::Rfc822:
      item("RFC822");
      break;
    case FetchItem::Kind::Rfc822Header:
      item("RFC822.HEADER");
      break;
    case FetchItem::Kind::Rfc822Text:
      item("RFC822.TEXT");
      break;
    default:
      item(section_label(fetched.section, fetched.partial));
      break;
  }
  if (!content.exists) {
    out_ += "NIL";
    return;
  }
  out_ += '{';
  append_number(out_, content.size());
  out_ += "}\r\n";
}

void FetchWriter::begin_binary(const FetchItem& fetched, std::uint64_t size, bool exists,
                               bool has_nul) {
  item(binary_label("BINARY", fetched));
  if (!exists) {
    out_ += "NIL";
    return;
  }
  out_ += has_nul ? "~{" : "{";
  append_number(out_, size);
  out_ += "}\r\n";
}

void FetchWriter::binary_size(const FetchItem& fetched, std::uint64_t octets) {
  item(binary_label("BINARY.SIZE", fetched));
  append_number(out_, octets);
}

void FetchWriter::preview(std::string_view text) {
  item("PREVIEW");
  append_string(out_, text);
}

void FetchWriter::save_date(std::chrono::sys_seconds time) {
  item("SAVEDATE");
  append_date_time(out_, time);
}

void FetchWriter::end() {
  out_ += ")\r\n";
}

}  // namespace restante::imap
