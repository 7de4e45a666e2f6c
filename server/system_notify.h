// Telling systemd how the service is (sd_notify(3)), without its library.
#pragma once

#include <string_view>

namespace restante {

// Sends state, such as "READY=1", to $NOTIFY_SOCKET; does nothing where there is none.
void notify_system(std::string_view state);

}  // namespace restante
