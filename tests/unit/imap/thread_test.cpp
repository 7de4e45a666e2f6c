#include "mail/imap/thread.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "tests/unit/imap/parse_help.h"

using namespace restante;
using namespace restante::imap;

namespace {

struct Mail {
  std::string id = {};
  std::vector<std::string> references = {};
  std::string subject = {};
  int sent = -1;  // none: as it arrived
  int arrived = 0;
  std::string in_reply_to = {};
};

std::string header_of(const Mail& mail) {
  std::string header;
  if (!mail.id.empty()) header += "Message-ID: <" + mail.id + ">\r\n";
  if (!mail.in_reply_to.empty()) header += "In-Reply-To: <" + mail.in_reply_to + ">\r\n";
  if (!mail.references.empty()) {
    header += "References:";
    for (const std::string& id : mail.references) header += " <" + id + ">";
    header += "\r\n";
  }
  if (!mail.subject.empty()) header += "Subject: " + mail.subject + "\r\n";
  if (mail.sent >= 0) {
    header += "Date: Thu, 1 Jan 1970 00:" + std::to_string(10 + mail.sent / 60) + ":" +
              std::to_string(10 + mail.sent % 50) + " +0000\r\n";
  }
  return header + "\r\n";
}

std::string threaded(const std::vector<Mail>& mails, ThreadAlgorithm algorithm) {
  Threader threader(algorithm);
  std::uint32_t number = 0;
  for (const Mail& mail : mails) {
    const std::string stored = message::encode_digest(message::index(header_of(mail)));
    threader.add(++number, std::chrono::sys_seconds(std::chrono::seconds(mail.arrived)),
                 *message::decode_digest(stored));
  }
  std::string out;
  threader.write(out);
  REQUIRE(out.starts_with("* THREAD"));
  REQUIRE(out.ends_with("\r\n"));
  return out.substr(8, out.size() - 10);
}

std::string references(const std::vector<Mail>& mails) {
  return threaded(mails, ThreadAlgorithm::References);
}

// RFC 5256 s3 word by word, with pointers, lists and recursion: what the algorithm is held against.
class Plain {
 public:
  explicit Plain(const std::vector<Mail>& mails, bool subjects) : mails_(mails) {
    for (std::size_t i = 0; i < mails.size(); ++i) link(i);
    auto root = std::make_unique<Node>();
    for (const auto& node : nodes_)
      if (node->parent == nullptr) root->children.push_back(node.get());
    for (Node* child : root->children) child->parent = root.get();
    prune(root.get(), true);
    sort_all(root.get());
    if (subjects) merge(root.get());
    sort_all(root.get());
    for (Node* child : root->children) text_ += written(child);
  }
  const std::string& text() const { return text_; }

 private:
  struct Node {
    int mail = -1;
    Node* parent = nullptr;
    std::vector<Node*> children;
  };

  Node* fresh() {
    nodes_.push_back(std::make_unique<Node>());
    return nodes_.back().get();
  }
  Node* by_id(const std::string& id) {
    Node*& node = by_id_[id];
    if (node == nullptr) node = fresh();
    return node;
  }
  static void unlink(Node* node) {
    if (node->parent != nullptr) std::erase(node->parent->children, node);
    node->parent = nullptr;
  }
  static void adopt(Node* parent, Node* child) {
    for (Node* at = parent; at != nullptr; at = at->parent)
      if (at == child) return;
    child->parent = parent;
    parent->children.push_back(child);
  }
  void link(std::size_t i) {
    const Mail& mail = mails_[i];
    Node* node = mail.id.empty() ? fresh() : by_id(mail.id);
    if (node->mail >= 0) node = fresh();
    node->mail = static_cast<int>(i);
    std::vector<std::string> ids = mail.references;
    if (ids.empty() && !mail.in_reply_to.empty()) ids.push_back(mail.in_reply_to);
    Node* last = nullptr;
    for (const std::string& id : ids) {
      Node* reference = by_id(id);
      if (last != nullptr && reference->parent == nullptr) adopt(last, reference);
      last = reference;
    }
    unlink(node);
    if (last != nullptr) adopt(last, node);
  }
  void prune(Node* node, bool is_root) {
    const std::vector<Node*> children = node->children;
    for (Node* child : children) prune(child, false);
    for (Node* child : children) {
      if (child->mail >= 0) continue;
      if (is_root && child->children.size() > 1) continue;
      unlink(child);
      for (Node* grandchild : child->children) {
        grandchild->parent = node;
        node->children.push_back(grandchild);
      }
      child->children.clear();
    }
  }
  std::pair<int, int> date(const Node* node) const {
    if (node->mail < 0) return date(node->children.front());
    const Mail& mail = mails_[static_cast<std::size_t>(node->mail)];
    const int sent =
        mail.sent < 0 ? mail.arrived : (10 + mail.sent / 60) * 60 + 10 + mail.sent % 50;
    return {sent, node->mail};
  }
  void sort_all(Node* node) {
    for (Node* child : node->children) sort_all(child);
    std::ranges::sort(node->children, {}, [this](Node* child) { return date(child); });
  }
  const Mail& shown(const Node* node) const {
    return mails_[static_cast<std::size_t>((node->mail < 0 ? node->children.front() : node)->mail)];
  }
  std::string subject(const Node* node) const {
    const std::string& text = shown(node).subject;
    return text.starts_with("Re: ") ? text.substr(4) : text;
  }
  bool is_reply(const Node* node) const { return shown(node).subject.starts_with("Re: "); }
  void merge(Node* root) {
    std::map<std::string, Node*> table;
    for (Node* node : root->children) {
      if (subject(node).empty()) continue;
      Node*& entry = table[subject(node)];
      if (entry == nullptr ||
          (entry->mail >= 0 && (node->mail < 0 || (is_reply(entry) && !is_reply(node)))))
        entry = node;
    }
    const std::vector<Node*> roots = root->children;
    for (Node* node : roots) {
      if (node->parent != root || subject(node).empty()) continue;
      Node*& into = table[subject(node)];
      if (into == node) continue;
      if (node->mail < 0) {
        unlink(node);
        for (Node* child : node->children) adopt(into, child);
      } else if (into->mail < 0 || (is_reply(node) && !is_reply(into))) {
        unlink(node);
        adopt(into, node);
      } else {
        Node* dummy = fresh();
        unlink(node);
        unlink(into);
        adopt(dummy, into);
        adopt(dummy, node);
        sort_all(dummy);
        adopt(root, dummy);
        into = dummy;
      }
    }
  }
  std::string written(const Node* node) const {
    std::string text = "(";
    if (node->mail >= 0) text += std::to_string(node->mail + 1);
    while (node->children.size() == 1) {
      node = node->children.front();
      text += ' ' + std::to_string(node->mail + 1);
    }
    if (node->children.size() > 1) {
      if (node->mail >= 0) text += ' ';
      for (const Node* child : node->children) text += written(child);
    }
    return text + ')';
  }

  const std::vector<Mail>& mails_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<std::string, Node*> by_id_;
  std::string text_;
};

std::vector<Mail> random_mails(std::mt19937& random) {
  const std::size_t count = 1 + random() % 24;
  const std::size_t ids = 2 + random() % (count + 4);
  const auto id = [&] { return std::to_string(random() % ids) + "@x"; };
  std::vector<Mail> mails(count);
  for (Mail& mail : mails) {
    if (random() % 8 != 0) mail.id = id();
    if (random() % 2 == 0)
      for (std::size_t n = random() % 5; n > 0; --n) mail.references.push_back(id());
    if (random() % 3 == 0) mail.in_reply_to = id();
    if (random() % 4 != 0)
      mail.subject = (random() % 2 == 0 ? "Re: s" : "s") + std::to_string(random() % 4);
    if (random() % 4 != 0) mail.sent = static_cast<int>(random() % 8);
    mail.arrived = static_cast<int>(random() % 8);
  }
  return mails;
}

}  // namespace

TEST_CASE("THREAD=ORDEREDSUBJECT has the first of a subject as root and all others under it") {
  const std::vector<Mail> mails = {{"", {}, "b", 1}, {"", {}, "a", 2}, {"", {}, "Re: b", 4},
                                   {"", {}, "B", 3}, {"", {}, "a", 5}, {"", {}, "c", 0}};
  CHECK(threaded(mails, ThreadAlgorithm::OrderedSubject) == " (6)(1 (4)(3))(2 5)");
  CHECK(threaded({}, ThreadAlgorithm::OrderedSubject).empty());
}

TEST_CASE("THREAD=REFERENCES follows references") {
  CHECK(references({{"1@x"}, {"2@x", {"1@x"}}, {"3@x", {"1@x", "2@x"}}}) == " (1 2 3)");
  CHECK(references({{"1@x"}, {"2@x", {"1@x"}}, {"3@x", {"1@x"}}}) == " (1 (2)(3))");
  // The example of RFC 5256 s4: siblings of a parent that is not there.
  CHECK(references({{"1@x", {"0@x"}}, {"2@x", {"0@x"}}}) == " ((1)(2))");
  CHECK(references({{"1@x", {"0@x"}}}) == " (1)");
  // Only the first of In-Reply-To, and only without References.
  CHECK(references({{"1@x"}, {"2@x"}, {"3@x", {"1@x"}, "", -1, 0, "2@x"}}) == " (1 3)(2)");
  CHECK(references({{"1@x"}, {"2@x", {}, "", -1, 0, "1@x"}}) == " (1 2)");
}

TEST_CASE("THREAD=REFERENCES survives loops, duplicates and truncated references") {
  CHECK(references({{"1@x", {"1@x"}}}) == " (1)");
  CHECK(references({{"1@x", {"2@x"}}, {"2@x", {"1@x"}}}) == " (2 1)");
  CHECK(references({{"1@x"}, {"1@x"}, {"2@x", {"1@x"}}}) == " (1 3)(2)");
  CHECK(references({{"3@x", {"1@x", "2@x"}}, {"2@x", {"1@x"}}, {"1@x"}}) == " (3 2 1)");
}

TEST_CASE("THREAD=REFERENCES merges by subject") {
  CHECK(references({{"1@x", {}, "s"}, {"2@x", {}, "Re: s"}}) == " (1 2)");
  CHECK(references({{"1@x", {}, "Re: s"}, {"2@x", {}, "s"}}) == " (2 1)");
  CHECK(references({{"1@x", {}, "s"}, {"2@x", {}, "s"}}) == " ((1)(2))");
  CHECK(references({{"1@x", {}, "s"}, {"2@x", {}, "s"}, {"3@x", {}, "s"}}) == " ((1)(2)(3))");
  CHECK(references({{"1@x"}, {"2@x"}}) == " (1)(2)");
  CHECK(references({{"1@x", {"0@x"}, "s"}, {"2@x", {"0@x"}, "s"}, {"3@x", {}, "s"}}) ==
        " ((1)(2)(3))");
}

TEST_CASE("THREAD=REFS takes no notice of subjects and puts the latest arrival last") {
  const std::vector<Mail> mails = {{"1@x", {}, "s", 5, 1},
                                   {"2@x", {}, "s", 6, 2},
                                   {"3@x", {"1@x"}, "t", 4, 3},
                                   {"4@x", {"1@x"}, "t", 3, 1}};
  CHECK(threaded(mails, ThreadAlgorithm::Refs) == " (2)(1 (4)(3))");
}

TEST_CASE("Threads are those of the plain algorithm") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 3000; ++round) {
    const std::vector<Mail> mails = random_mails(random);
    REQUIRE(references(mails) == [&] {
      const std::string text = Plain(mails, true).text();
      return text.empty() ? text : " " + text;
    }());
  }
}

TEST_CASE("A chain of any depth is threaded in time and without recursion") {
  constexpr int kCount = 50'000;
  for (const bool reverse : {false, true}) {
    Threader threader(ThreadAlgorithm::References);
    for (int i = 0; i < kCount; ++i) {
      const int id = reverse ? kCount - i : i + 1;
      const std::string stored = message::encode_digest(
          message::index("Message-ID: <" + std::to_string(id) + "@x>\r\nIn-Reply-To: <" +
                         std::to_string(id - 1) + "@x>\r\n\r\n"));
      threader.add(static_cast<std::uint32_t>(id), {}, *message::decode_digest(stored));
    }
    std::string out;
    threader.write(out);
    CHECK(out.starts_with("* THREAD (1 2 3 "));
    CHECK(out.ends_with(" 49999 50000)\r\n"));
  }
}

TEST_CASE("THREAD is read with its algorithm, charset and keys") {
  const Heard heard = listen("a UID THREAD references UTF-8 SINCE 5-MAR-2000\r\n");
  REQUIRE(heard.commands.size() == 1);
  const Thread& thread = std::get<Thread>(heard.commands[0].body);
  CHECK(thread.algorithm == ThreadAlgorithm::References);
  CHECK(thread.search.uid);
  for (const char* wrong :
       {"a THREAD UTF-8 ALL\r\n", "a THREAD JWZ UTF-8 ALL\r\n", "a THREAD REFS ALL\r\n",
        "a THREAD REFS UTF-8\r\n", "a THREAD RETURN () REFS UTF-8 ALL\r\n"})
    CHECK(listen(wrong).commands.empty());
}
