// The commands of access control (RFC 4314), quotas (RFC 9208) and annotations (RFC 5464) as
// values. See command.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace restante::imap {

struct SetAcl {
  enum class Mode : std::uint8_t { Replace, Add, Remove };
  std::string mailbox;
  std::string identifier;  // as written
  Mode mode = Mode::Replace;
  std::uint16_t rights = 0;  // bits of rights.h
};

struct DeleteAcl {
  std::string mailbox;
  std::string identifier;
};

struct GetAcl {
  std::string mailbox;
};

struct ListRights {
  std::string mailbox;
  std::string identifier;
};

struct MyRights {
  std::string mailbox;
};

struct GetQuota {
  std::string root;
};

struct GetQuotaRoot {
  std::string mailbox;
};

struct SetQuota {
  std::string root;
  std::vector<std::pair<std::string, std::uint64_t>> limits;  // resource in upper case
};

struct GetMetadata {
  std::string mailbox;                // empty: the server
  std::vector<std::string> entries;   // lower case
  std::optional<unsigned> depth = 0;  // levels below; nullopt: all
  std::optional<std::uint64_t> max_size;
};

struct SetMetadata {
  std::string mailbox;                                                      // empty: the server
  std::vector<std::pair<std::string, std::optional<std::string>>> entries;  // names in lower case
};

}  // namespace restante::imap
