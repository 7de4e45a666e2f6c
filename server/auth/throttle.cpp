// A leaky bucket of failures for each network.
#include "server/auth/throttle.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace restante::auth {

std::string network_of(std::string_view address) {
  std::array<unsigned char, 16> octets{};
  const std::string text(address);
  if (inet_pton(AF_INET6, text.c_str(), octets.data()) != 1) return text;
  return "v6:" + std::string(reinterpret_cast<const char*>(octets.data()), 8);
}

void Throttle::forgive(Count& count, Clock::time_point now) {
  const auto forgiven = (now - count.since) / kRegain;
  if (forgiven <= 0) return;
  count.failures = forgiven >= count.failures ? 0 : count.failures - static_cast<int>(forgiven);
  count.since += forgiven * kRegain;
}

bool Throttle::allowed(std::string_view network, Clock::time_point now) {
  const auto found = counts_.find(std::string(network));
  if (found == counts_.end()) return true;
  forgive(found->second, now);
  return found->second.failures < kFailures;
}

std::chrono::milliseconds Throttle::failed(std::string_view network, Clock::time_point now) {
  if (counts_.size() >= kNetworks) make_room(now);
  auto [entry, added] = counts_.try_emplace(std::string(network), Count{0, now});
  Count& count = entry->second;
  forgive(count, now);
  count.failures = std::min(count.failures + 1, kFailures);
  return std::min<std::chrono::milliseconds>(count.failures * kStep, kLongest);
}

void Throttle::make_room(Clock::time_point now) {
  for (auto& entry : counts_) forgive(entry.second, now);
  std::erase_if(counts_, [](const auto& entry) { return entry.second.failures == 0; });
  // A flood from more networks than are remembered: forget some rather than grow.
  while (counts_.size() >= kNetworks) counts_.erase(counts_.begin());
}

}  // namespace restante::auth
