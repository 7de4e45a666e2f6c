// THREAD (RFC 5256, draft-ietf-morg-inthread-01 s4): messages to conversations. Pure; no recursion;
// time linear in messages and references but for logarithms.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "mail/imap/forest.h"
#include "mail/message/digest.h"

namespace restante::imap {

enum class ThreadAlgorithm : std::uint8_t {
  OrderedSubject,
  References,
  Refs,  // as References without regard to subjects; the thread with the latest arrival comes last
};

class Threader {
 public:
  explicit Threader(ThreadAlgorithm algorithm) : algorithm_(algorithm) {}

  // In ascending order of message sequence numbers. number: what the response calls it.
  void add(std::uint32_t number, std::chrono::sys_seconds internal_date,
           const message::Digest& digest);

  // After the last add(): appends `* THREAD (...)(...)` CRLF.
  void write(std::string& out);

 private:
  static constexpr std::uint32_t kNone = Forest::kNone;

  // A message, or a dummy: an identifier that no message bears, or what holds siblings together.
  struct Node {
    std::uint32_t message = kNone;  // position in messages_
    std::uint32_t parent = kNone;
  };
  struct Message {
    std::uint32_t number = 0;
    std::int64_t sent = 0;
    std::int64_t arrived = 0;
    std::uint64_t subject = 0;  // key of the base subject; 0: empty
    bool is_reply_or_forward = false;
  };

  std::uint32_t node_of(std::uint64_t key);
  std::uint32_t new_node();
  void set_parent(std::uint32_t node, std::uint32_t parent);
  void link_references(std::uint32_t node, const message::Digest& digest);
  std::vector<std::uint32_t> top_down() const;
  void prune();
  void collect_children();
  void merge_subjects();
  void sort_roots_by_arrival();
  void group_subjects();

  // Of a root: the message that stands for it, its own or its first child's.
  const Message& shown(std::uint32_t root) const;
  void append_thread(std::string& out, std::uint32_t root) const;

  ThreadAlgorithm algorithm_;
  std::vector<Message> messages_;
  std::vector<Node> nodes_;
  Forest forest_;  // the same trees, while they grow
  std::unordered_map<std::uint64_t, std::uint32_t> by_key_;

  std::vector<std::uint32_t> roots_;
  std::vector<std::vector<std::uint32_t>> children_;  // of nodes, sorted by sent date
};

}  // namespace restante::imap
