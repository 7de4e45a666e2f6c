// BODY and BODYSTRUCTURE (RFC 9051 s7.5.2) with a stack instead of recursion.
#include "mail/imap/fetch_writer.h"
#include "mail/imap/writer.h"

namespace restante::imap {

namespace {

using message::Index;
using message::kNone;
using message::Parameter;
using message::Part;

// A multipart must have a part (RFC 9051 s9 body-type-mpart): what an empty one is given.
constexpr std::string_view kEmptyPart = R"(("text" "plain" NIL NIL NIL "7bit" 0 0))";

void append_parameters(std::string& out, const std::vector<Parameter>& parameters) {
  if (parameters.empty()) {
    out += "NIL";
    return;
  }
  out += '(';
  for (const Parameter& parameter : parameters) {
    if (out.back() != '(') out += ' ';
    append_string(out, parameter.name);
    out += ' ';
    append_string(out, parameter.value);
  }
  out += ')';
}

void append_disposition(std::string& out, const Part& part) {
  if (!part.disposition) {
    out += "NIL";
    return;
  }
  out += '(';
  append_string(out, part.disposition->type);
  out += ' ';
  append_parameters(out, part.disposition->parameters);
  out += ')';
}

void append_languages(std::string& out, const std::vector<std::string>& languages) {
  if (languages.empty()) {
    out += "NIL";
  } else if (languages.size() == 1) {
    append_string(out, languages[0]);
  } else {
    out += '(';
    for (std::size_t i = 0; i < languages.size(); ++i) {
      if (i > 0) out += ' ';
      append_string(out, languages[i]);
    }
    out += ')';
  }
}

// Disposition, language, location: the extension data that all kinds share.
void append_extension(std::string& out, const Part& part) {
  out += ' ';
  append_disposition(out, part);
  out += ' ';
  append_languages(out, part.languages);
  out += ' ';
  append_nstring(out, part.location);
}

class StructureWriter {
 public:
  StructureWriter(std::string& out, const Index& index, bool extended)
      : out_(out), index_(index), extended_(extended) {}

  void write() {
    begin(0);
    while (!open_.empty()) {
      Open& open = open_.back();
      const std::uint32_t child = open.next_child;
      if (child == kNone) {
        const std::uint32_t part = open.part;
        open_.pop_back();
        end(part);
        continue;
      }
      // A message/rfc822 part has one child; only multiparts have siblings below them.
      open.next_child =
          index_.parts[open.part].is_multipart() ? index_.parts[child].next_sibling : kNone;
      begin(child);
    }
  }

 private:
  struct Open {
    std::uint32_t part;
    std::uint32_t next_child;
  };

  bool is_message(const Part& part) const {
    return part.message != kNone && part.message < index_.messages.size() &&
           part.first_child != kNone;
  }

  void begin(std::uint32_t position) {
    const Part& part = index_.parts[position];
    out_ += '(';
    if (part.is_multipart()) {
      if (part.first_child == kNone) out_ += kEmptyPart;
      open_.push_back(Open{position, part.first_child});
      return;
    }
    append_fields(part);
    if (is_message(part)) {
      out_ += ' ';
      append_envelope(out_, index_.messages[part.message].envelope);
      out_ += ' ';
      open_.push_back(Open{position, part.first_child});
      return;
    }
    if (part.type == "text") append_lines(part);
    append_single_extension(part);
    out_ += ')';
  }

  void end(std::uint32_t position) {
    const Part& part = index_.parts[position];
    if (part.is_multipart()) {
      out_ += ' ';
      append_string(out_, part.subtype);
      if (extended_) {
        out_ += ' ';
        append_parameters(out_, part.parameters);
        append_extension(out_, part);
      }
    } else {
      append_lines(part);
      append_single_extension(part);
    }
    out_ += ')';
  }

  void append_fields(const Part& part) {
    // A message that was not indexed must not claim the form that needs an envelope.
    const bool opaque = part.type == "message" && !is_message(part) &&
                        (part.subtype == "rfc822" || part.subtype == "global");
    append_string(out_, opaque ? "application" : part.type);
    out_ += ' ';
    append_string(out_, opaque ? "octet-stream" : part.subtype);
    out_ += ' ';
    append_parameters(out_, part.parameters);
    out_ += ' ';
    append_nstring(out_, part.id);
    out_ += ' ';
    append_nstring(out_, part.description);
    out_ += ' ';
    append_string(out_, part.encoding);
    out_ += ' ';
    append_number(out_, part.body.length);
  }

  void append_lines(const Part& part) {
    out_ += ' ';
    append_number(out_, part.lines);
  }

  void append_single_extension(const Part& part) {
    if (!extended_) return;
    out_ += ' ';
    append_nstring(out_, part.md5);
    append_extension(out_, part);
  }

  std::string& out_;
  const Index& index_;
  bool extended_;
  std::vector<Open> open_;
};

}  // namespace

void append_body_structure(std::string& out, const Index& index, bool extended) {
  if (index.parts.empty()) {
    out += kEmptyPart;
    return;
  }
  StructureWriter(out, index, extended).write();
}

}  // namespace restante::imap
