// The algorithms of RFC 5256 s3 by their steps. What is said of "messages" there are nodes here.
#include "mail/imap/thread.h"

#include <algorithm>
#include <numeric>

#include "mail/imap/writer.h"

namespace restante::imap {

void Threader::add(std::uint32_t number, std::chrono::sys_seconds internal_date,
                   const message::Digest& digest) {
  Message message;
  message.number = number;
  message.sent = digest.sent.value_or(internal_date).time_since_epoch().count();
  message.arrived = internal_date.time_since_epoch().count();
  message.subject = digest.subject.empty() ? 0 : message::subject_key(digest.subject);
  message.is_reply_or_forward = digest.is_reply_or_forward;
  const auto position = static_cast<std::uint32_t>(messages_.size());
  messages_.push_back(message);
  if (algorithm_ == ThreadAlgorithm::OrderedSubject) {
    nodes_.push_back({position, kNone});
    return;
  }
  // Of several messages with one identifier the first has it.
  std::uint32_t node = digest.message_id == 0 ? new_node() : node_of(digest.message_id);
  if (nodes_[node].message != kNone) node = new_node();
  nodes_[node].message = position;
  link_references(node, digest);
}

std::uint32_t Threader::new_node() {
  nodes_.emplace_back();
  return forest_.add();
}

std::uint32_t Threader::node_of(std::uint64_t key) {
  const auto [found, is_new] = by_key_.try_emplace(key, kNone);
  if (is_new) found->second = new_node();
  return found->second;
}

// node has no parent. Where the link would close a loop there is none.
void Threader::set_parent(std::uint32_t node, std::uint32_t parent) {
  if (forest_.root_of(parent) == node) return;
  forest_.link(node, parent);
  nodes_[node].parent = parent;
}

// Step 1: each reference is the parent of the next one unless that has a parent, and the last one
// is the parent of the message whatever was thought of it before.
void Threader::link_references(std::uint32_t node, const message::Digest& digest) {
  std::uint32_t last = kNone;
  for (std::size_t i = 0; i < digest.references.size(); ++i) {
    const std::uint32_t reference = node_of(digest.references[i]);
    if (last != kNone && nodes_[reference].parent == kNone) set_parent(reference, last);
    last = reference;
  }
  if (digest.references.empty() && digest.in_reply_to != 0) last = node_of(digest.in_reply_to);
  if (nodes_[node].parent == last) return;
  if (nodes_[node].parent != kNone) {
    forest_.cut(node);
    nodes_[node].parent = kNone;
  }
  if (last != kNone) set_parent(node, last);
}

// All nodes, each behind its parent.
std::vector<std::uint32_t> Threader::top_down() const {
  std::vector<std::uint32_t> first(nodes_.size() + 1, 0);  // of each node's children in below
  for (const Node& node : nodes_)
    if (node.parent != kNone) ++first[node.parent + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<std::uint32_t> below(first.back());
  std::vector<std::uint32_t> next(first.begin(), first.end() - 1);
  std::vector<std::uint32_t> order;
  order.reserve(nodes_.size());
  for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
    if (nodes_[node].parent == kNone)
      order.push_back(node);
    else
      below[next[nodes_[node].parent]++] = node;
  }
  for (std::size_t at = 0; at < order.size(); ++at)
    order.insert(order.end(), below.begin() + first[order[at]],
                 below.begin() + first[order[at] + 1]);
  return order;
}

// Steps 2 and 3: dummies go, and their children to the next message above; only at the top a dummy
// stays that has several children.
void Threader::prune() {
  std::vector<std::uint32_t> above(nodes_.size(), kNone);  // the next message upwards
  std::vector<std::uint32_t> top(nodes_.size(), kNone);
  std::vector<std::uint32_t> children(nodes_.size(), 0);  // of a dummy at the top
  for (const std::uint32_t node : top_down()) {
    const std::uint32_t parent = nodes_[node].parent;
    top[node] = parent == kNone ? node : top[parent];
    if (parent != kNone) above[node] = nodes_[parent].message != kNone ? parent : above[parent];
    if (nodes_[node].message != kNone && above[node] == kNone) ++children[top[node]];
  }
  for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
    if (nodes_[node].message == kNone)
      nodes_[node].parent = kNone;
    else if (above[node] == kNone && top[node] != node && children[top[node]] > 1)
      nodes_[node].parent = top[node];
    else
      nodes_[node].parent = above[node];
  }
}

// Steps 4 and 6 in one: messages in the order of their dates come to their parents, and a dummy
// comes to the roots with its first child.
void Threader::collect_children() {
  std::vector<std::uint32_t> order;
  order.reserve(messages_.size());
  for (std::uint32_t node = 0; node < nodes_.size(); ++node)
    if (nodes_[node].message != kNone) order.push_back(node);
  std::ranges::sort(order, {}, [this](std::uint32_t node) {
    const std::uint32_t message = nodes_[node].message;
    return std::pair(messages_[message].sent, message);
  });
  children_.resize(nodes_.size());
  for (const std::uint32_t node : order) {
    const std::uint32_t parent = nodes_[node].parent;
    if (parent == kNone) {
      roots_.push_back(node);
      continue;
    }
    if (nodes_[parent].message == kNone && children_[parent].empty()) roots_.push_back(parent);
    children_[parent].push_back(node);
  }
}

const Threader::Message& Threader::shown(std::uint32_t root) const {
  const std::uint32_t own = nodes_[root].message;
  return messages_[own != kNone ? own : nodes_[children_[root].front()].message];
}

// Step 5: the roots of one base subject under one of them or under a dummy.
void Threader::merge_subjects() {
  const auto is_dummy = [this](std::uint32_t root) { return nodes_[root].message == kNone; };
  const auto is_reply = [&](std::uint32_t root) {
    return !is_dummy(root) && shown(root).is_reply_or_forward;
  };
  std::unordered_map<std::uint64_t, std::uint32_t> table;
  for (const std::uint32_t root : roots_) {  // 5.B
    const std::uint64_t subject = shown(root).subject;
    if (subject == 0) continue;
    const auto [entry, is_new] = table.try_emplace(subject, root);
    if (is_new || is_dummy(entry->second)) continue;
    if (is_dummy(root) || (is_reply(entry->second) && !is_reply(root))) entry->second = root;
  }
  std::vector<std::uint32_t> kept;
  std::vector<std::uint32_t> grown;
  for (const std::uint32_t root : roots_) {  // 5.C
    const std::uint64_t subject = shown(root).subject;
    if (subject == 0 || table[subject] == root) {
      kept.push_back(root);
      continue;
    }
    std::uint32_t& into = table[subject];
    if (nodes_[root].parent != kNone) continue;  // it was taken under a new dummy
    if (is_dummy(root)) {
      for (const std::uint32_t child : children_[root]) nodes_[child].parent = into;
      children_[into].insert(children_[into].end(), children_[root].begin(), children_[root].end());
    } else if (is_dummy(into) || (is_reply(root) && !is_reply(into))) {
      children_[into].push_back(root);
      nodes_[root].parent = into;
    } else {
      const auto dummy = static_cast<std::uint32_t>(nodes_.size());
      nodes_.emplace_back();
      children_.push_back({root, into});
      nodes_[root].parent = dummy;
      nodes_[into].parent = dummy;
      into = dummy;
      kept.push_back(dummy);
    }
    grown.push_back(into);
  }
  std::erase_if(kept, [this](std::uint32_t root) { return nodes_[root].parent != kNone; });
  roots_ = std::move(kept);
  std::ranges::sort(grown);
  grown.erase(std::ranges::unique(grown).begin(), grown.end());
  for (const std::uint32_t node : grown)
    std::ranges::sort(children_[node], {}, [this](std::uint32_t child) {
      const std::uint32_t message = nodes_[child].message;
      return std::pair(messages_[message].sent, message);
    });
  std::ranges::sort(roots_, {}, [this](std::uint32_t root) {
    const Message& message = shown(root);
    return std::pair(message.sent, &message);
  });
}

// THREAD=REFS: by the latest internal date of each thread.
void Threader::sort_roots_by_arrival() {
  std::vector<std::uint32_t> root_of(nodes_.size(), kNone);
  std::vector<std::pair<std::int64_t, std::uint32_t>> latest(nodes_.size());
  for (const std::uint32_t node : top_down()) {
    const Node& each = nodes_[node];
    root_of[node] = each.parent == kNone ? node : root_of[each.parent];
    if (each.message == kNone) continue;
    const std::pair mine(messages_[each.message].arrived, each.message + 1);
    auto& most = latest[root_of[node]];
    if (most.second == 0 || mine > most) most = mine;
  }
  std::ranges::sort(roots_, {}, [&](std::uint32_t root) { return latest[root]; });
}

// ORDEREDSUBJECT: the first message of a subject is the root, all others are its children.
void Threader::group_subjects() {
  std::vector<std::uint32_t> order(messages_.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [this](std::uint32_t message) {
    return std::pair(messages_[message].sent, message);
  });
  children_.resize(messages_.size());
  std::unordered_map<std::uint64_t, std::uint32_t> first;
  for (const std::uint32_t message : order) {
    const auto [entry, is_new] = first.try_emplace(messages_[message].subject, message);
    if (is_new)
      roots_.push_back(message);
    else
      children_[entry->second].push_back(message);
  }
}

void Threader::write(std::string& out) {
  if (algorithm_ == ThreadAlgorithm::OrderedSubject) {
    group_subjects();
  } else {
    prune();
    collect_children();
    if (algorithm_ == ThreadAlgorithm::References) merge_subjects();
    if (algorithm_ == ThreadAlgorithm::Refs) sort_roots_by_arrival();
  }
  out += "* THREAD";
  if (!roots_.empty()) out += ' ';
  for (const std::uint32_t root : roots_) append_thread(out, root);
  out += "\r\n";
}

// thread-list (RFC 5256 s5).
void Threader::append_thread(std::string& out, std::uint32_t root) const {
  constexpr std::uint32_t kClose = kNone;
  std::vector<std::uint32_t> open{root};  // lists to come, and where they end
  while (!open.empty()) {
    std::uint32_t node = open.back();
    open.pop_back();
    if (node == kClose) {
      out += ')';
      continue;
    }
    out += '(';
    if (nodes_[node].message != kNone) append_number(out, messages_[nodes_[node].message].number);
    while (children_[node].size() == 1) {
      node = children_[node].front();
      out += ' ';
      append_number(out, messages_[nodes_[node].message].number);
    }
    if (children_[node].empty()) {
      out += ')';
      continue;
    }
    if (nodes_[node].message != kNone) out += ' ';
    open.push_back(kClose);
    open.insert(open.end(), children_[node].rbegin(), children_[node].rend());
  }
}

}  // namespace restante::imap
