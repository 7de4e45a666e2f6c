// A forest of rooted trees that are linked and cut, and asked for the root of a node, each in
// logarithmic time (amortised), however deep the trees are: Sleator and Tarjan's link-cut trees.
// Private to this room.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace restante::imap {

class Forest {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  // A new tree of one node; nodes are numbered from 0.
  std::uint32_t add();

  std::uint32_t root_of(std::uint32_t node);
  // root must be the root of a tree that node is not part of.
  void link(std::uint32_t root, std::uint32_t node);
  // node becomes the root of a tree of its own.
  void cut(std::uint32_t node);

 private:
  // Paths of the trees are splay trees ordered by depth; up leads out of one as well.
  struct Node {
    std::uint32_t up = kNone;
    std::uint32_t shallower = kNone;
    std::uint32_t deeper = kNone;
  };

  bool is_top(std::uint32_t node) const;
  void rotate(std::uint32_t node);
  void splay(std::uint32_t node);
  void expose(std::uint32_t node);

  std::vector<Node> nodes_;
};

}  // namespace restante::imap
