// Login names of the users of this computer.
#pragma once

#include <sys/types.h>

#include <string>

namespace restante::net {

// The login name of a user; "uid1000" where the system knows none. May ask a directory server.
std::string login_name(uid_t user);

// The home folder of a user; empty where the system knows none.
std::string home_folder(uid_t user);

}  // namespace restante::net
