// The identifiers of RFC 8474 as text. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace restante::imap {

// "M412"; of another account than the reader's "M412-7", because numbers count in each account.
inline std::string object_id(char kind, std::uint64_t number, std::uint64_t of_account) {
  std::string id = kind + std::to_string(number);
  if (of_account != 0) id += '-' + std::to_string(of_account);
  return id;
}

}  // namespace restante::imap
