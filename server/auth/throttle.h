// Slows password guessing down per network of origin, never per account, so that nobody can lock an
// owner out from elsewhere (CWE-307). Pure: time is given. Not thread-safe; its owner locks.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace restante::auth {

// The network whose guesses are counted together: an IPv4 address, the /64 of an IPv6 address, and
// for anything else ("local") the text itself.
std::string network_of(std::string_view address);

class Throttle {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int kFailures = 20;                // so many at once,
  static constexpr std::chrono::seconds kRegain{30};  // then one more each of these
  static constexpr std::chrono::milliseconds kStep{
      100};  // delay of the answer for each failure so far,
  static constexpr std::chrono::milliseconds kLongest{3000};  // at most
  static constexpr std::size_t kNetworks = 100'000;           // remembered at most

  // Whether a network may try now.
  bool allowed(std::string_view network, Clock::time_point now);
  // Counts a failure; returns how long to hold the answer back.
  std::chrono::milliseconds failed(std::string_view network, Clock::time_point now);

 private:
  struct Count {
    int failures = 0;
    Clock::time_point since;  // the last time a failure was forgiven
  };
  static void forgive(Count& count, Clock::time_point now);
  void make_room(Clock::time_point now);
  std::unordered_map<std::string, Count> counts_;
};

}  // namespace restante::auth
