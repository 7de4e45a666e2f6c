// Responses about access control (RFC 4314 s3.6 to s3.8), quotas (RFC 9208 s4.2) and annotations
// (RFC 5464 s4.4), each a whole line. Pure. See writer.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace restante::imap {

// Rights are bits of rights.h.
struct AclLine {
  std::string identifier;
  std::uint16_t rights = 0;
};
void append_acl(std::string& out, std::string_view mailbox, std::span<const AclLine> lines,
                bool utf8);
// The rights that are always there, and those that may be given one by one.
void append_list_rights(std::string& out, std::string_view mailbox, std::string_view identifier,
                        std::uint16_t always, std::uint16_t optional, bool utf8);
void append_my_rights(std::string& out, std::string_view mailbox, std::uint16_t rights, bool utf8);

struct QuotaResource {
  std::string_view name;
  std::uint64_t usage = 0;
  std::uint64_t limit = 0;
};
void append_quota(std::string& out, std::string_view root,
                  std::span<const QuotaResource> resources);
void append_quota_root(std::string& out, std::string_view mailbox, std::string_view root,
                       bool utf8);

using MetadataValue = std::pair<std::string, std::optional<std::string>>;
// entries must not be empty.
void append_metadata(std::string& out, std::string_view mailbox,
                     std::span<const MetadataValue> entries, bool utf8);
void append_metadata_names(std::string& out, std::string_view mailbox,
                           std::span<const std::string> entries, bool utf8);

}  // namespace restante::imap
