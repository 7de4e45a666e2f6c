#include "server/net/connection_limits.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace restante::net {

ConnectionSlot& ConnectionSlot::operator=(ConnectionSlot&& other) noexcept {
  if (this != &other) {
    reset();
    limits_ = std::move(other.limits_);
    group_ = std::move(other.group_);
  }
  return *this;
}

void ConnectionSlot::reset() {
  if (auto limits = std::move(limits_)) limits->give_back(group_);
}

std::string limit_group(const std::string& address) {
  in6_addr parsed{};
  if (inet_pton(AF_INET6, address.c_str(), &parsed) != 1) return address;
  return std::string(reinterpret_cast<const char*>(parsed.s6_addr), 8);
}

ConnectionSlot ConnectionLimits::take(const std::string& address) {
  std::string group = limit_group(address);
  std::lock_guard lock(mutex_);
  if (in_use_ >= total_) return {};
  if (address != "local") {
    std::uint32_t& held = groups_[group];
    if (held >= per_address_) return {};
    ++held;
  } else {
    group.clear();
  }
  ++in_use_;
  return ConnectionSlot(shared_from_this(), std::move(group));
}

void ConnectionLimits::give_back(const std::string& group) {
  std::lock_guard lock(mutex_);
  --in_use_;
  const auto found = groups_.find(group);
  if (found != groups_.end() && --found->second == 0) groups_.erase(found);
}

std::uint32_t ConnectionLimits::in_use() const {
  std::lock_guard lock(mutex_);
  return in_use_;
}

}  // namespace restante::net
