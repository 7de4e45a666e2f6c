// The changes a store makes, each inside the savepoint of one job on the writer thread. They throw
// sqlite::Failure where the database fails and return the expected errors as values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/blob_holds.h"
#include "storage/notices.h"
#include "storage/sqlite/connection.h"
#include "storage/types.h"

namespace restante::storage {

// What one job writes with.
struct WriteContext {
  sqlite::Connection& db;
  ChangeSet& changes;  // of this job
  Time now;
  BlobHolds& holds;
  bool undo = false;  // set by a write whose answer stands but whose changes must not be kept
};

// Removes a body that was kept for its readers, unless somebody reads it again.
Result<void> write_unheld_blob(WriteContext& context, BlobId blob);

Result<DeliveryResult> write_delivery(WriteContext& context, const Delivery& delivery);
Result<Delivered> write_append(WriteContext& context, const Append& append);
Result<AppendResult> write_appends(WriteContext& context, const std::vector<Append>& messages,
                                   const std::optional<Replaced>& replaced);
Result<StoreFlagsResult> write_flags(WriteContext& context, const StoreFlags& change);
Result<CopyResult> write_copy(WriteContext& context, const Copy& job);
Result<CopyResult> write_move(WriteContext& context, const Copy& job);
Result<ExpungeResult> write_expunge(WriteContext& context, const Expunge& job);

Result<void> write_acl(WriteContext& context, const SetAcl& change);
Result<ChangedAccounts> write_annotations(WriteContext& context, const SetAnnotations& change);
Result<void> write_quota(WriteContext& context, AccountId account, std::uint64_t octets,
                         std::uint64_t messages);
// A new mailbox gets the access control list of the one above it (RFC 4314 s4).
void inherit_acl(WriteContext& context, MailboxId from, MailboxId to);
void copy_annotations(WriteContext& context, MailboxId from, MailboxId to);
// Annotations of a mailbox that is being deleted.
void forget_sharing(WriteContext& context, MailboxId mailbox);
// What is listed for an account, and its private annotations.
void forget_grantee(WriteContext& context, AccountId account);

Result<Mailbox> write_new_mailbox(WriteContext& context, AccountId account, std::string_view name,
                                  SpecialUse use);
Result<void> write_renamed_mailbox(WriteContext& context, AccountId account, std::string_view from,
                                   std::string_view to);
Result<void> write_deleted_mailbox(WriteContext& context, AccountId account, std::string_view name);
Result<void> write_subscription(WriteContext& context, AccountId account, std::string_view name,
                                bool subscribed);
Result<Uid> write_recent_claim(WriteContext& context, MailboxId mailbox);

Result<Account> write_new_account(WriteContext& context, std::string_view address,
                                  const Credential& credential, std::uint64_t quota_octets);
Result<void> write_credential(WriteContext& context, AccountId account,
                              const Credential& credential);
Result<void> write_removed_account(WriteContext& context, AccountId account);

}  // namespace restante::storage
