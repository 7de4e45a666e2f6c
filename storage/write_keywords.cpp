// Keywords as bits: at most 64 in one mailbox, so that a placement holds them in one integer.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "storage/write_support.h"

namespace restante::storage {

namespace {

constexpr std::size_t kKeywordOctets = 255;

// RFC 9051 s9, flag-keyword: an atom.
bool is_atom(std::string_view keyword) {
  constexpr std::string_view kSpecials = "(){%*\"\\]";
  return !keyword.empty() && keyword.size() <= kKeywordOctets &&
         std::ranges::all_of(keyword, [&](char octet) {
           return octet > 0x20 && octet < 0x7f && kSpecials.find(octet) == std::string_view::npos;
         });
}

bool same_keyword(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

std::optional<unsigned> bit_of(const KeywordNames& names, std::string_view keyword) {
  for (unsigned bit = 0; bit < names.size(); ++bit)
    if (!names[bit].empty() && same_keyword(names[bit], keyword)) return bit;
  return std::nullopt;
}

// Gives the bits that no placement has back.
void drop_unused(WriteContext& context, MailboxId mailbox, KeywordNames& names,
                 std::uint64_t wanted) {
  std::uint64_t used = wanted;
  {
    auto row = context.db.query(
        "SELECT DISTINCT keywords FROM placement WHERE mailbox = ?1 AND keywords <> 0", mailbox);
    while (row.step()) used |= row.get<std::uint64_t>(0);
  }
  for (unsigned bit = 0; bit < names.size(); ++bit) {
    if ((used >> bit & 1U) != 0 || names[bit].empty()) continue;
    context.db.run("DELETE FROM keyword WHERE mailbox = ?1 AND bit = ?2", mailbox, bit);
    names[bit].clear();
  }
}

std::optional<unsigned> free_bit(const KeywordNames& names) {
  for (unsigned bit = 0; bit < names.size(); ++bit)
    if (names[bit].empty()) return bit;
  return std::nullopt;
}

// As the account has written it before, else as given.
std::string spelling(WriteContext& context, AccountId account, const std::string& keyword) {
  auto row = context.db.query(
      "SELECT k.name FROM mailbox m JOIN keyword k ON k.mailbox = m.id AND k.name = ?2 "
      "WHERE m.account = ?1 ORDER BY m.id LIMIT 1",
      account, keyword);
  return row.step() ? std::string(row.text(0)) : keyword;
}

}  // namespace

Result<std::uint64_t> keyword_bits(WriteContext& context, const Mailbox& mailbox,
                                   const std::vector<std::string>& keywords, bool create) {
  if (keywords.empty()) return 0;
  KeywordNames names = select_keywords(context.db, mailbox.id);
  std::uint64_t bits = 0;
  for (const std::string& keyword : keywords) {
    if (!is_atom(keyword)) return fail(ErrorKind::Invalid, "keyword is not an atom");
    std::optional<unsigned> bit = bit_of(names, keyword);
    if (!bit && create) {
      bit = free_bit(names);
      if (!bit) {
        drop_unused(context, mailbox.id, names, bits);
        bit = free_bit(names);
      }
      if (!bit)
        return fail(ErrorKind::Invalid,
                    fmt::format("too many keywords: a mailbox holds {}", names.size()));
      names[*bit] = spelling(context, mailbox.account, keyword);
      context.db.run("INSERT INTO keyword (mailbox, bit, name) VALUES (?1, ?2, ?3)", mailbox.id,
                     *bit, names[*bit]);
    }
    if (bit) bits |= std::uint64_t{1} << *bit;
  }
  return bits;
}

}  // namespace restante::storage
