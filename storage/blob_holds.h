// Which bodies readers are still giving out: a body whose last message goes meanwhile stays until
// they are done (docs/schema.md, blob.uses). Any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "mail/ids.h"

namespace restante::storage {

class BlobHolds : public std::enable_shared_from_this<BlobHolds> {
 public:
  // Called, without locks, when the last hold of a body ends that was kept for it.
  using Unheld = std::function<void(BlobId)>;
  void on_unheld(Unheld unheld);

  // Holds the body until the value is destroyed.
  std::shared_ptr<const void> hold(BlobId blob);
  bool is_held(BlobId blob);
  // Whether the body is held; then on_unheld's function will be called for it.
  bool keep_if_held(BlobId blob);

 private:
  struct Entry {
    unsigned holds = 0;
    bool kept = false;
  };
  class Hold;

  void release(BlobId blob);

  std::mutex mutex_;
  std::map<std::uint64_t, Entry> entries_;
  Unheld unheld_;
};

}  // namespace restante::storage
