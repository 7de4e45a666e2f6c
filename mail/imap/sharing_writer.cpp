#include "mail/imap/sharing_writer.h"

#include "mail/imap/rights.h"
#include "mail/imap/writer.h"

namespace restante::imap {

namespace {

void begin(std::string& out, std::string_view response, std::string_view mailbox, bool utf8) {
  out += "* ";
  out += response;
  out += ' ';
  append_mailbox(out, mailbox, utf8);
}

void append_rights(std::string& out, std::uint16_t rights) {
  out += ' ';
  append_astring(out, rights_text(rights));
}

// NUL is for literal8 only (RFC 5464 s5).
void append_value(std::string& out, const std::optional<std::string>& value) {
  if (!value || value->find('\0') == std::string::npos) return append_nstring(out, value);
  out += "~{";
  append_number(out, value->size());
  out += "}\r\n";
  out += *value;
}

}  // namespace

void append_acl(std::string& out, std::string_view mailbox, std::span<const AclLine> lines,
                bool utf8) {
  begin(out, "ACL", mailbox, utf8);
  for (const AclLine& line : lines) {
    out += ' ';
    append_astring(out, line.identifier);
    append_rights(out, line.rights);
  }
  out += "\r\n";
}

void append_list_rights(std::string& out, std::string_view mailbox, std::string_view identifier,
                        std::uint16_t always, std::uint16_t optional, bool utf8) {
  begin(out, "LISTRIGHTS", mailbox, utf8);
  out += ' ';
  append_astring(out, identifier);
  append_rights(out, always);
  for (const char letter : rights_text(optional)) {
    out += ' ';
    out += letter;
  }
  out += "\r\n";
}

void append_my_rights(std::string& out, std::string_view mailbox, std::uint16_t rights, bool utf8) {
  begin(out, "MYRIGHTS", mailbox, utf8);
  append_rights(out, rights);
  out += "\r\n";
}

void append_quota(std::string& out, std::string_view root,
                  std::span<const QuotaResource> resources) {
  out += "* QUOTA ";
  append_astring(out, root);
  out += " (";
  for (const QuotaResource& resource : resources) {
    if (out.back() != '(') out += ' ';
    out += resource.name;
    out += ' ';
    append_number(out, resource.usage);
    out += ' ';
    append_number(out, resource.limit);
  }
  out += ")\r\n";
}

void append_quota_root(std::string& out, std::string_view mailbox, std::string_view root,
                       bool utf8) {
  begin(out, "QUOTAROOT", mailbox, utf8);
  out += ' ';
  append_astring(out, root);
  out += "\r\n";
}

void append_metadata(std::string& out, std::string_view mailbox,
                     std::span<const MetadataValue> entries, bool utf8) {
  begin(out, "METADATA", mailbox, utf8);
  out += " (";
  for (const auto& [entry, value] : entries) {
    if (out.back() != '(') out += ' ';
    append_astring(out, entry);
    out += ' ';
    append_value(out, value);
  }
  out += ")\r\n";
}

void append_metadata_names(std::string& out, std::string_view mailbox,
                           std::span<const std::string> entries, bool utf8) {
  begin(out, "METADATA", mailbox, utf8);
  for (const std::string& entry : entries) {
    out += ' ';
    append_astring(out, entry);
  }
  out += "\r\n";
}

}  // namespace restante::imap
