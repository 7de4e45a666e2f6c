// Search keys (RFC 9051 s6.4.4, RFC 3501 s6.4.4, RFC 8474 s5) as a flat tree, and whether a message
// matches, in three-valued logic so that a body is read only where nothing cheaper decides. Pure;
// no recursion.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mail/imap/sequence_set.h"
#include "mail/message/index.h"

namespace restante::imap {

enum class SearchKind : std::uint8_t {
  And,       // all children; none: true (ALL)
  Or,        // any child
  Not,       // one child
  Sequence,  // set of message sequence numbers
  Uid,       // set of uids
  Flag,      // system flag `flag` is set
  Keyword,   // text
  Recent,
  Larger,   // number
  Smaller,  // number
  Before,
  On,
  Since,  // date: internal date (all three)
  SentBefore,
  SentOn,
  SentSince,  // date: Date field (all three)
  Older,
  Younger,  // number: seconds before now (both, RFC 5032)
  SavedBefore,
  SavedOn,
  SavedSince,  // date: save date (all three; RFC 8514)
  ModSeq,      // number: changed then or later (RFC 7162 s3.1.5)
  EmailId,     // text, such as "M412"
  ThreadId,    // text, such as "T57"
  From,
  To,
  Cc,
  Bcc,
  Subject,  // text (all five)
  Header,   // header, text
  Body,     // text
  Text,     // text
};

inline constexpr std::uint32_t kNoNode = 0xffffffff;

struct SearchNode {
  SearchKind kind = SearchKind::And;
  std::uint8_t flag = 0;  // a bit of SystemFlag
  bool fuzzy = false;     // RFC 6203: of text keys, compared as mail/message/fuzzy.h does
  std::uint32_t first_child = kNoNode;
  std::uint32_t next_sibling = kNoNode;
  std::uint64_t number = 0;
  std::chrono::sys_days date;
  SequenceSet set;
  std::string header;  // lower case
  std::string text;    // UTF-8; of the text keys folded, see fold()
  bool operator==(const SearchNode&) const = default;
};

// Node 0 is the root; children stand behind their parents. Made by the parser, which also puts
// cheap children first.
struct SearchProgram {
  std::vector<SearchNode> nodes;
  bool fuzzy = false;  // FUZZY stands in it
};

// What a key must see of a message, from cheap to expensive.
enum class SearchNeed : std::uint8_t { None, Index, Octets };

// Whether the key looks for a text.
bool is_text_key(SearchKind kind);
// The most that the program may ask for.
SearchNeed needs(const SearchProgram& program);
// Whether it names message sequence numbers anywhere (RFC 9051 s7.5.1: no EXPUNGE meanwhile).
bool uses_sequence_numbers(const SearchProgram& program);
// Whether it has the MODSEQ key: the answer then names a modseq (RFC 7162 s3.1.6).
bool uses_modseq(const SearchProgram& program);

// Puts the saved search result, as sequence numbers and as uids, where `$` stands (RFC 9051
// s6.4.4.1). Call before resolve_sets().
void replace_saved(SearchProgram& program, const std::vector<SequenceRange>& numbers,
                   const std::vector<SequenceRange>& uids);

// The same program for messages within these ascending, disjoint uids only; the sets of program
// must not have been resolved.
SearchProgram within_uids(const SearchProgram& program, std::vector<SequenceRange> uids);

// Gives the ranges of sets their place in the mailbox. Call once per command, before matching.
void resolve_sets(SearchProgram& program, std::uint32_t messages, std::uint32_t last_uid);

// What is known of a key without looking at the message.
enum class KnownKey : std::uint8_t { Unknown, No, Yes };

// A message as far as it has been read.
struct Candidate {
  // By position of the node in the program; may be shorter.
  std::span<const KnownKey> known;
  std::uint32_t sequence_number = 0;
  std::uint32_t uid = 0;
  std::uint8_t flags = 0;                              // bits of SystemFlag
  const std::vector<std::string>* keywords = nullptr;  // none: no keywords
  bool recent = false;
  std::chrono::sys_seconds internal_date;
  std::chrono::sys_seconds now;  // when the search began
  std::chrono::sys_seconds save_date;
  std::uint64_t size_octets = 0;
  std::uint64_t modseq = 0;
  std::uint64_t number = 0;                  // EMAILID M<number>
  std::uint64_t thread = 0;                  // THREADID T<thread>
  std::uint64_t of_account = 0;              // another than the reader's (object_id.h)
  const message::Index* index = nullptr;     // none: not read yet
  const std::string_view* octets = nullptr;  // none: not read yet
};

enum class Verdict : std::uint8_t { No, Yes, NeedIndex, NeedOctets };

// Whether the candidate matches, or what must be read first to know; with all read: Yes or No.
// The sets must have been resolved. Time linear in what is read, once per text key.
Verdict evaluate(const SearchProgram& program, const Candidate& candidate);

// Whether any key is FUZZY: only then may RELEVANCY be asked for (RFC 6203 s4).
bool uses_fuzzy_keys(const SearchProgram& program);
// How relevant a message that matches is, 1 to 100: the mean of the text keys that are FUZZY and
// match, 100 without any. Everything the program needs must have been read.
unsigned relevancy(const SearchProgram& program, const Candidate& candidate);

// How texts are compared: what i;unicode-casemap (RFC 5051) holds equal is equal, so diacritics are
// characters of their own, and beyond it what differs in full case folding only ("ss" for a sharp
// s); ASCII is in lower case. Broken UTF-8 is read as windows-1252.
std::string fold(std::string_view utf8);

// Puts cheap children first and folds the texts of text keys; the parser has done so.
void prepare(SearchProgram& program);

}  // namespace restante::imap
