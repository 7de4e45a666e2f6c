// The index of a message: one pass over its lines with an explicit stack of what is open.
#include "mail/message/index.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "mail/message/date.h"
#include "mail/message/encoded_word.h"
#include "mail/message/header.h"
#include "mail/message/header_line.h"
#include "mail/message/parameter.h"
#include "mail/message/part_header.h"
#include "mail/message/preview.h"
#include "mail/message/transfer_encoding.h"

namespace restante::message {
namespace {

constexpr std::size_t kUsualFields = 24;

// A multipart whose parts are being read.
struct OpenMultipart {
  std::uint32_t part = 0;
  std::string boundary;
  std::uint32_t last_child = kNone;
  std::uint32_t shadowed = kNone;  // outer stack position with the same boundary
  bool digest = false;
};

class Indexer {
 public:
  Indexer(std::string_view octets, const Limits& limits) : octets_(octets), limits_(limits) {}

  Index run() {
    index_.size = octets_.size();
    begin_part(kNone, 0, true);
    while (at_ < octets_.size()) {
      if (in_header_) {
        header_step();
      } else {
        body_step();
      }
    }
    while (in_header_) end_header(at_);
    close_down_to(kNone, at_, newlines_);
    finish();
    return std::move(index_);
  }

 private:
  Part& part() { return index_.parts[current_]; }

  // A line is [at_, content_end) and its line end reaches to next.
  struct Line {
    std::string_view content;
    std::size_t next;
    bool ended;
  };

  Line read_line() const {
    const std::size_t left = octets_.size() - at_;
    const auto* newline = static_cast<const char*>(std::memchr(octets_.data() + at_, '\n', left));
    if (newline == nullptr) return {octets_.substr(at_), octets_.size(), false};
    const auto end = static_cast<std::size_t>(newline - octets_.data());
    std::size_t content = end;
    if (content > at_ && octets_[content - 1] == '\r') --content;
    return {octets_.substr(at_, content - at_), end + 1, true};
  }

  void consume(const Line& line) {
    at_ = line.next;
    if (line.ended) ++newlines_;
  }

  // --- parts -------------------------------------------------------------------------------

  void begin_part(std::uint32_t parent, std::size_t offset, bool is_message_root) {
    const auto number = static_cast<std::uint32_t>(index_.parts.size());
    Part fresh;
    fresh.parent = parent;
    fresh.header.offset = offset;
    index_.parts.push_back(std::move(fresh));
    depths_.push_back(parent == kNone ? 0 : depths_[parent] + 1);
    body_newlines_.push_back(0);
    current_ = number;
    in_header_ = true;
    message_root_ = is_message_root;
    header_start_ = offset;
    field_open_ = false;
    known_.clear();
    if (is_message_root) {
      index_.messages.emplace_back();
      index_.messages.back().fields.reserve(kUsualFields);
    }
  }

  void link_child(std::uint32_t child, OpenMultipart& parent) {
    if (parent.last_child == kNone) {
      index_.parts[parent.part].first_child = child;
    } else {
      index_.parts[parent.last_child].next_sibling = child;
    }
    parent.last_child = child;
  }

  // Ends every open part below (not including) the part `stop`; end is where the delimiter line or
  // the message's end stands.
  void close_down_to(std::uint32_t stop, std::size_t end, std::uint64_t newlines) {
    const bool line_end_belongs_to_delimiter = stop != kNone;
    std::size_t inner_end = 0;  // a header without empty line reaches to the delimiter itself
    for (std::uint32_t number = current_; number != stop; number = index_.parts[number].parent) {
      inner_end = close_body(number, end, newlines, line_end_belongs_to_delimiter, inner_end);
      if (index_.parts[number].parent == kNone) break;
    }
  }

  std::size_t close_body(std::uint32_t number, std::size_t end, std::uint64_t newlines, bool trim,
                         std::size_t inner_end) {
    Part& closing = index_.parts[number];
    const std::size_t start = std::max<std::size_t>(closing.body.offset, inner_end);
    std::uint64_t lines = newlines - body_newlines_[number];
    if (trim && end > start && octets_[end - 1] == '\n') {
      --end;
      --lines;
      if (end > start && octets_[end - 1] == '\r') --end;
    }
    closing.body.length = end - closing.body.offset;
    if (closing.body.length > 0 && octets_[end - 1] != '\n') ++lines;  // a line without its end
    closing.lines = lines;
    return end;
  }

  // --- delimiters --------------------------------------------------------------------------

  // Whether the line is a delimiter of an open multipart (RFC 2046 s5.1.1: the whole line but for
  // trailing blanks). Gives its stack position and whether it is the closing one.
  bool is_delimiter(std::string_view line, std::uint32_t& position, bool& closing) const {
    if (stack_.empty() || full_ || line.size() < 3 || line[0] != '-' || line[1] != '-')
      return false;
    line.remove_prefix(2);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    const auto found = by_boundary_.find(line);
    position = found == by_boundary_.end() ? kNone : found->second;
    closing = false;
    if (line.ends_with("--")) {
      const auto end = by_boundary_.find(line.substr(0, line.size() - 2));
      if (end != by_boundary_.end() && (position == kNone || end->second > position)) {
        position = end->second;
        closing = true;
      }
    }
    return position != kNone;
  }

  void pop_multipart() {
    const OpenMultipart& top = *stack_.back();
    by_boundary_.erase(top.boundary);
    if (top.shadowed != kNone) by_boundary_.emplace(stack_[top.shadowed]->boundary, top.shadowed);
    stack_.pop_back();
  }

  // Acts on a delimiter line that begins at at_.
  void delimiter(const Line& line, std::uint32_t position, bool closing) {
    while (in_header_) end_header(at_);  // it may open an embedded message, which is empty
    while (stack_.size() > position + 1) pop_multipart();
    const std::uint32_t owner = stack_[position]->part;
    if (!closing && index_.parts.size() >= limits_.parts) {
      full_ = true;  // the rest belongs to whatever is open now
      return;
    }
    close_down_to(owner, at_, newlines_);
    current_ = owner;
    consume(line);
    if (closing) {
      pop_multipart();
      return;
    }
    link_child(static_cast<std::uint32_t>(index_.parts.size()), *stack_[position]);
    begin_part(owner, at_, false);
    digest_child_ = stack_[position]->digest;
  }

  // --- header ------------------------------------------------------------------------------

  void header_step() {
    const Line line = read_line();
    std::uint32_t position = kNone;
    bool closing = false;
    if (is_delimiter(line.content, position, closing)) return delimiter(line, position, closing);
    const bool first = at_ == header_start_;
    const HeaderLineInfo info = header_line(line.content, first && message_root_);
    switch (info.kind) {
      case HeaderLine::Blank:
        end_field(at_);
        consume(line);
        return end_header(at_);
      case HeaderLine::Other:
        return end_header(at_);
      case HeaderLine::Field:
        end_field(at_);
        field_open_ = true;
        field_start_ = at_;
        name_length_ = info.name_length;
        break;
      case HeaderLine::Continuation:
      case HeaderLine::Postmark:
        break;
    }
    consume(line);
  }

  // Takes the field that ends at end, if one is open.
  void end_field(std::size_t end) {
    if (!field_open_) return;
    field_open_ = false;
    if (end - header_start_ > limits_.header_octets) return;
    const HeaderField field{{field_start_, end - field_start_}, name_length_};
    known_.add(known_field(field_name(octets_, field)), field_body(octets_, field));
    if (!message_root_) return;
    auto& fields = index_.messages.back().fields;
    if (fields.size() < limits_.header_fields) fields.push_back(field);
  }

  // The header of the current part ends at end; what follows is its body.
  void end_header(std::size_t end) {
    end_field(end);
    in_header_ = false;
    Part& ended = part();
    ended.header.length = end - ended.header.offset;
    ended.body.offset = end;
    body_newlines_[current_] = newlines_;
    read_mime_fields(known_, digest_child_, limits_, ended);
    digest_child_ = false;
    if (message_root_) end_message_header();
    open_container(end);
  }

  void end_message_header() {
    EmbeddedMessage& message = index_.messages.back();
    read_envelope(known_, limits_, message.envelope);
    if (index_.messages.size() != 1) return;
    if (message.envelope.subject) index_.subject = decode_words(*message.envelope.subject);
    if (message.envelope.date) {
      if (const auto date = parse_date(*message.envelope.date)) index_.date = date->time;
    }
    if (message.envelope.message_id) {
      auto ids = read_message_ids(*message.envelope.message_id, 1);
      index_.message_id = ids.empty() ? *message.envelope.message_id : std::move(ids.front());
    }
    index_.in_reply_to = read_message_ids(known_.body(KnownField::InReplyTo), limits_.references);
    index_.references = read_message_ids(known_.body(KnownField::References), limits_.references);
  }

  // Enters a multipart or an embedded message, within the limits.
  void open_container(std::size_t body_start) {
    const std::uint32_t number = current_;
    Part& container = part();
    if (depths_[number] + 1 >= limits_.depth) return;
    if (container.type == "message" &&
        (container.subtype == "rfc822" || container.subtype == "global")) {
      const auto encoding = transfer_encoding(container.encoding);
      if (encoding != TransferEncoding::Identity || index_.parts.size() >= limits_.parts) return;
      container.message = static_cast<std::uint32_t>(index_.messages.size());
      container.first_child = static_cast<std::uint32_t>(index_.parts.size());
      begin_part(number, body_start, true);
      return;
    }
    if (!container.is_multipart()) return;
    if (const auto plain = raw_parameter(container.parameters, "boundary")) {
      open_multipart(number, *plain);
    } else if (const auto extended = decoded_parameter(container.parameters, "boundary")) {
      open_multipart(number, *extended);
    }
  }

  void open_multipart(std::uint32_t number, std::string_view boundary) {
    while (!boundary.empty() && (boundary.back() == ' ' || boundary.back() == '\t')) {
      boundary.remove_suffix(1);
    }
    if (boundary.empty()) return;
    auto open = std::make_unique<OpenMultipart>();
    open->part = number;
    open->boundary = std::string(boundary);
    open->digest = index_.parts[number].subtype == "digest";
    const auto position = static_cast<std::uint32_t>(stack_.size());
    const auto outer = by_boundary_.find(open->boundary);
    if (outer != by_boundary_.end()) {
      open->shadowed = outer->second;
      by_boundary_.erase(outer);
    }
    by_boundary_.emplace(open->boundary, position);
    stack_.push_back(std::move(open));
  }

  // --- body --------------------------------------------------------------------------------

  void body_step() {
    if (stack_.empty() || full_) {  // no delimiter can come
      newlines_ += static_cast<std::uint64_t>(
          std::count(octets_.begin() + static_cast<std::ptrdiff_t>(at_), octets_.end(), '\n'));
      at_ = octets_.size();
      return;
    }
    const Line line = read_line();
    std::uint32_t position = kNone;
    bool closing = false;
    if (is_delimiter(line.content, position, closing)) return delimiter(line, position, closing);
    consume(line);
  }

  void finish() {
    for (const Part& leaf : index_.parts) {
      if (leaf.is_multipart()) continue;
      const bool attached = leaf.disposition && leaf.disposition->type == "attachment";
      if (attached || !leaf.file_name.empty()) index_.has_attachment = true;
    }
    index_.preview = make_preview(octets_, index_, limits_.preview_characters);
  }

  std::string_view octets_;
  const Limits& limits_;
  Index index_;
  std::size_t at_ = 0;
  std::uint64_t newlines_ = 0;                // before at_
  std::uint32_t current_ = 0;                 // the innermost open part
  std::vector<std::uint32_t> depths_;         // per part
  std::vector<std::uint64_t> body_newlines_;  // per part: newlines before its body
  std::vector<std::unique_ptr<OpenMultipart>> stack_;
  std::unordered_map<std::string_view, std::uint32_t> by_boundary_;  // keys live in stack_
  bool full_ = false;                                                // as many parts as allowed
  bool digest_child_ = false;  // the part whose header is read stands in a multipart/digest

  bool in_header_ = false;
  bool message_root_ = false;  // the header is that of a message, not of a body part
  std::size_t header_start_ = 0;
  bool field_open_ = false;
  std::size_t field_start_ = 0;
  std::uint32_t name_length_ = 0;
  KnownFields known_;
};

}  // namespace

Index index(std::string_view octets, const Limits& limits) {
  return Indexer(octets, limits).run();
}

}  // namespace restante::message
