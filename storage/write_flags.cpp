// Changing flags: two set statements a range, so that 100,000 placements take tens of milliseconds.
#include "storage/sharing_rows.h"
#include "storage/write_support.h"

namespace restante::storage {

namespace {

// New flags are (flags & keep) | set, likewise the keywords.
struct Masks {
  std::uint8_t keep = 0, set = 0;
  std::uint64_t keep_keywords = 0, set_keywords = 0;
};

// changeable: the flags that may be changed at all; any keyword or none.
Masks masks_of(FlagChange change, std::uint8_t flags, std::uint64_t keywords,
               std::uint8_t changeable, bool keywords_changeable) {
  constexpr std::uint8_t kAll = 0xff;
  flags = static_cast<std::uint8_t>(flags & changeable);
  if (!keywords_changeable) keywords = 0;
  switch (change) {
    case FlagChange::Replace:
      return {static_cast<std::uint8_t>(~changeable), flags,
              keywords_changeable ? 0 : ~std::uint64_t{0}, keywords};
    case FlagChange::Add:
      return {kAll, flags, ~std::uint64_t{0}, keywords};
    case FlagChange::Remove:
      return {static_cast<std::uint8_t>(~flags), 0, ~keywords, 0};
  }
  return {kAll, 0, ~std::uint64_t{0}, 0};
}

// What a change does to the counters of the mailbox.
struct Difference {
  std::int64_t rows = 0, unseen = 0, deleted = 0;
};

constexpr std::string_view kDifference =
    "SELECT count(*), "
    "sum((((flags & ?4) | ?5) & 1 = 0) - (flags & 1 = 0)), "
    "sum((((flags & ?4) | ?5) & 8 <> 0) - (flags & 8 <> 0)) "
    "FROM placement WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 AND modseq <= ?8 "
    "AND (((flags & ?4) | ?5) <> flags OR ((keywords & ?6) | ?7) <> keywords)";
constexpr std::string_view kChange =
    "UPDATE placement SET flags = (flags & ?4) | ?5, keywords = (keywords & ?6) | ?7, modseq = ?9 "
    "WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 AND modseq <= ?8 "
    "AND (((flags & ?4) | ?5) <> flags OR ((keywords & ?6) | ?7) <> keywords)";
constexpr std::string_view kTooNew =
    "SELECT uid FROM placement WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 AND modseq > ?4 "
    "ORDER BY uid";

constexpr std::uint64_t kAnyModSeq = 0x7fffffffffffffff;

class FlagWriter {
 public:
  FlagWriter(WriteContext& context, const Mailbox& mailbox, const Masks& masks,
             std::uint64_t unchanged_since)
      : context_(context), mailbox_(mailbox), masks_(masks), unchanged_since_(unchanged_since) {}

  void change(const UidRange& range) {
    const Difference part = difference(range);
    if (part.rows == 0) return;
    if (!modseq_) modseq_ = take_modseq(context_, mailbox_.account);
    context_.db.run(kChange, mailbox_.id, range.first, range.last, masks_.keep, masks_.set,
                    masks_.keep_keywords, masks_.set_keywords, unchanged_since_, modseq_);
    total_.rows += part.rows;
    total_.unseen += part.unseen;
    total_.deleted += part.deleted;
  }

  bool changed() const { return static_cast<bool>(modseq_); }

  // The modseq of the changes; that of the mailbox where nothing changed.
  ModSeq finish(const UidSet& uids) {
    if (!modseq_) return mailbox_.highest_modseq;
    if (uids.size() <= FlagLog::kRanges) {
      const auto before =
          context_.db.integer("SELECT changed_modseq FROM mailbox WHERE id = ?1", mailbox_.id);
      const ModSeq changed(static_cast<std::uint64_t>(before.value_or(0)));
      context_.changes.touch_flags({mailbox_.id, changed, modseq_, uids});
    }
    context_.db.run(
        "UPDATE mailbox SET unseen = unseen + ?2, deleted = deleted + ?3, highest_modseq = ?4, "
        "changed_modseq = ?4 WHERE id = ?1",
        mailbox_.id, total_.unseen, total_.deleted, modseq_);
    context_.changes.touch(mailbox_.account, modseq_, mailbox_.id);
    return modseq_;
  }

 private:
  Difference difference(const UidRange& range) {
    auto row =
        context_.db.query(kDifference, mailbox_.id, range.first, range.last, masks_.keep,
                          masks_.set, masks_.keep_keywords, masks_.set_keywords, unchanged_since_);
    row.step();
    return {row.integer(0), row.integer(1), row.integer(2)};
  }

  WriteContext& context_;
  const Mailbox& mailbox_;
  Masks masks_;
  std::uint64_t unchanged_since_;
  ModSeq modseq_;
  Difference total_;
};

// RFC 4314 s4: STORE should not fail where at least one of its flags may be changed. One that names
// none is refused only where none may be.
bool may_change(const StoreFlags& change, std::uint8_t changeable, bool may_write) {
  const bool names_none = change.flags.system == 0 && change.flags.keywords.empty();
  if (change.change == FlagChange::Replace || names_none) return changeable != 0;
  return (change.flags.system & changeable) != 0 || (may_write && !change.flags.keywords.empty());
}

}  // namespace

Result<StoreFlagsResult> write_flags(WriteContext& context, const StoreFlags& change) {
  const std::optional<Mailbox> mailbox = select_mailbox(context.db, change.mailbox);
  if (!mailbox) return no_mailbox();
  const Rights rights =
      change.actor ? select_rights(context.db, change.actor, *mailbox) : Rights::all();
  const std::uint8_t changeable = changeable_flags(rights);
  const bool may_write = rights.has_all(Right::Write);
  if (!may_change(change, changeable, may_write)) return no_right();
  const Result<std::uint64_t> keywords = keyword_bits(
      context, *mailbox, may_write ? change.flags.keywords : std::vector<std::string>(),
      change.change != FlagChange::Remove);
  if (!keywords) return std::unexpected(keywords.error());
  StoreFlagsResult result;
  if (change.unchanged_since) {
    for (const UidRange& range : change.uids) {
      auto row =
          context.db.query(kTooNew, mailbox->id, range.first, range.last, *change.unchanged_since);
      while (row.step()) result.failed_unchanged_since.push_back(row.get<Uid>(0));
    }
  }
  FlagWriter writer(context, *mailbox,
                    masks_of(change.change, change.flags.system, *keywords, changeable, may_write),
                    change.unchanged_since ? change.unchanged_since->value() : kAnyModSeq);
  for (const UidRange& range : change.uids) writer.change(range);
  result.modseq = writer.finish(change.uids);
  result.changed = writer.changed();
  return result;
}

}  // namespace restante::storage
