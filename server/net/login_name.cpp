#include "server/net/login_name.h"

#include <pwd.h>

#include <vector>

namespace restante::net {
namespace {

// The text of one field of the user's entry; empty where there is no entry.
std::string field(uid_t user, char* passwd::* which) {
  std::vector<char> room(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, room.data(), room.size(), &found) != 0 || found == nullptr) {
    return {};
  }
  return found->*which;
}

}  // namespace

std::string login_name(uid_t user) {
  std::string name = field(user, &passwd::pw_name);
  return name.empty() ? "uid" + std::to_string(user) : name;
}

std::string home_folder(uid_t user) {
  return field(user, &passwd::pw_dir);
}

}  // namespace restante::net
