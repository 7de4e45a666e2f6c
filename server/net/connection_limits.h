// How many connections one address and all together may hold: v4 by /32 (each address of
// 127.0.0.0/8 is its own), v6 by /64. Thread rule: any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace restante::net {

class ConnectionLimits;

// One counted connection; gives its place back when destroyed.
class ConnectionSlot {
 public:
  ConnectionSlot() = default;
  ConnectionSlot(std::shared_ptr<ConnectionLimits> limits, std::string group)
      : limits_(std::move(limits)), group_(std::move(group)) {}
  ConnectionSlot(ConnectionSlot&&) = default;
  ConnectionSlot& operator=(ConnectionSlot&& other) noexcept;
  ~ConnectionSlot() { reset(); }
  explicit operator bool() const { return limits_ != nullptr; }
  void reset();

 private:
  std::shared_ptr<ConnectionLimits> limits_;
  std::string group_;
};

class ConnectionLimits : public std::enable_shared_from_this<ConnectionLimits> {
 public:
  ConnectionLimits(std::uint32_t per_address, std::uint32_t total)
      : per_address_(per_address), total_(total) {}
  // An empty slot if a limit is reached. Addresses that are "local" (Unix sockets) count in all
  // only.
  ConnectionSlot take(const std::string& address);
  std::uint32_t in_use() const;

 private:
  friend class ConnectionSlot;
  void give_back(const std::string& group);

  const std::uint32_t per_address_;
  const std::uint32_t total_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::uint32_t> groups_;
  std::uint32_t in_use_ = 0;
};

// What is counted together with this address: itself, or the first 64 bits of a v6 address.
std::string limit_group(const std::string& address);

}  // namespace restante::net
