#include "mail/imap/forest.h"

namespace restante::imap {

std::uint32_t Forest::add() {
  nodes_.emplace_back();
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

// Whether it is the top of its splay tree.
bool Forest::is_top(std::uint32_t node) const {
  const std::uint32_t up = nodes_[node].up;
  return up == kNone || (nodes_[up].shallower != node && nodes_[up].deeper != node);
}

void Forest::rotate(std::uint32_t node) {
  const std::uint32_t parent = nodes_[node].up;
  const std::uint32_t grandparent = nodes_[parent].up;
  const bool parent_is_top = is_top(parent);
  const bool left = nodes_[parent].shallower == node;
  std::uint32_t& inner = left ? nodes_[node].deeper : nodes_[node].shallower;
  (left ? nodes_[parent].shallower : nodes_[parent].deeper) = inner;
  if (inner != kNone) nodes_[inner].up = parent;
  inner = parent;
  nodes_[parent].up = node;
  nodes_[node].up = grandparent;
  if (parent_is_top) return;
  (nodes_[grandparent].shallower == parent ? nodes_[grandparent].shallower
                                           : nodes_[grandparent].deeper) = node;
}

void Forest::splay(std::uint32_t node) {
  while (!is_top(node)) {
    const std::uint32_t parent = nodes_[node].up;
    if (!is_top(parent)) {
      const std::uint32_t grandparent = nodes_[parent].up;
      const bool same_side =
          (nodes_[parent].shallower == node) == (nodes_[grandparent].shallower == parent);
      rotate(same_side ? parent : node);
    }
    rotate(node);
  }
}

// Makes the path from the root to node one splay tree with node on top.
void Forest::expose(std::uint32_t node) {
  std::uint32_t below = kNone;
  for (std::uint32_t at = node; at != kNone; at = nodes_[at].up) {
    splay(at);
    nodes_[at].deeper = below;
    below = at;
  }
  splay(node);
}

std::uint32_t Forest::root_of(std::uint32_t node) {
  expose(node);
  while (nodes_[node].shallower != kNone) node = nodes_[node].shallower;
  splay(node);
  return node;
}

void Forest::link(std::uint32_t root, std::uint32_t node) {
  expose(root);
  nodes_[root].up = node;
}

void Forest::cut(std::uint32_t node) {
  expose(node);
  const std::uint32_t above = std::exchange(nodes_[node].shallower, kNone);
  if (above != kNone) nodes_[above].up = kNone;
}

}  // namespace restante::imap
