// Counting holds. See blob_holds.h.
#include "storage/blob_holds.h"

#include <utility>

namespace restante::storage {

class BlobHolds::Hold {
 public:
  Hold(std::shared_ptr<BlobHolds> holds, BlobId blob) : holds_(std::move(holds)), blob_(blob) {}
  ~Hold() { holds_->release(blob_); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  std::shared_ptr<BlobHolds> holds_;
  BlobId blob_;
};

void BlobHolds::on_unheld(Unheld unheld) {
  const std::scoped_lock lock(mutex_);
  unheld_ = std::move(unheld);
}

std::shared_ptr<const void> BlobHolds::hold(BlobId blob) {
  {
    const std::scoped_lock lock(mutex_);
    ++entries_[blob.value()].holds;
  }
  return std::make_shared<const Hold>(shared_from_this(), blob);
}

bool BlobHolds::is_held(BlobId blob) {
  const std::scoped_lock lock(mutex_);
  return entries_.contains(blob.value());
}

bool BlobHolds::keep_if_held(BlobId blob) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(blob.value());
  if (found == entries_.end()) return false;
  found->second.kept = true;
  return true;
}

void BlobHolds::release(BlobId blob) {
  Unheld unheld;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(blob.value());
    if (--found->second.holds != 0) return;
    if (found->second.kept) unheld = unheld_;
    entries_.erase(found);
  }
  if (unheld) unheld(blob);
}

}  // namespace restante::storage
