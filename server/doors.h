// Which address is served by which protocol: the doors of a server from its settings.
#pragma once

#include <string>
#include <vector>

#include "server/net/listener.h"
#include "server/session/services.h"

namespace restante {

// One address and what is behind it.
struct DoorPlan {
  DoorPlan(net::Endpoint where, net::Door what, bool may_lack)
      : endpoint(std::move(where)), door(std::move(what)), optional(may_lack) {}
  net::Endpoint endpoint;
  net::Door door;
  bool optional;  // skipped where the system has no such address
};

// All doors of the settings; services and the settings in it must outlive their sessions. Errors:
// Invalid (an address that cannot be understood).
Result<std::vector<DoorPlan>> plan_doors(session::Services& services,
                                         std::shared_ptr<net::TlsContext> tls);

}  // namespace restante
