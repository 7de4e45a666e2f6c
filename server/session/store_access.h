// The store as coroutines see it: each call resumes on the caller's executor when the store is
// done.
#pragma once

#include <asio/awaitable.hpp>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "server/async_bridge.h"
#include "storage/store.h"

namespace restante::session {

// Runs task(Reader&) -> Result<T> on a reader thread of the store. Errors: task's own; Busy if too
// many reads wait; Io if the task throws.
template <class Task>
asio::awaitable<std::invoke_result_t<Task&, storage::Reader&>> read_store(storage::Store& store,
                                                                          Task task) {
  using Value = std::invoke_result_t<Task&, storage::Reader&>;
  auto start = [&store, task = std::move(task)](std::move_only_function<void(Value)> done) mutable {
    // Shared, because a refused read drops the task with what it holds.
    auto shared = std::make_shared<std::move_only_function<void(Value)>>(std::move(done));
    auto queued = store.read([task = std::move(task), shared](storage::Reader& reader) mutable {
      try {
        (*shared)(task(reader));
      } catch (const std::exception& error) {
        (*shared)(
            Value(fail(ErrorKind::Io, std::string("reading the store failed: ") + error.what())));
      }
    });
    if (!queued) (*shared)(Value(std::unexpected(queued.error())));
  };
  return await_callback<Value>(std::move(start));
}

// Awaits one write job: write(Completion<T>) hands it to the store.
template <class T, class Write>
asio::awaitable<Result<T>> write_store(Write write) {
  return await_callback<Result<T>>(std::move(write));
}

inline asio::awaitable<Result<storage::DeliveryResult>> deliver(storage::Store& store,
                                                                storage::Delivery delivery) {
  using T = storage::DeliveryResult;
  return write_store<T>(
      [&store, delivery = std::move(delivery)](storage::Completion<T> done) mutable {
        store.deliver(std::move(delivery), std::move(done));
      });
}

inline asio::awaitable<Result<storage::AppendResult>> append_all(
    storage::Store& store, std::vector<storage::Append> messages,
    std::optional<storage::Replaced> replaced) {
  using T = storage::AppendResult;
  return write_store<T>(
      [&store, messages = std::move(messages), replaced](storage::Completion<T> done) mutable {
        store.append_all(std::move(messages), replaced, std::move(done));
      });
}

inline asio::awaitable<Result<storage::StoreFlagsResult>> store_flags(storage::Store& store,
                                                                      storage::StoreFlags change) {
  using T = storage::StoreFlagsResult;
  return write_store<T>([&store, change = std::move(change)](storage::Completion<T> done) mutable {
    store.store_flags(std::move(change), std::move(done));
  });
}

// actor: on whose behalf (storage::Copy).
inline asio::awaitable<Result<storage::CopyResult>> copy(storage::Store& store, MailboxId from,
                                                         storage::UidSet uids, MailboxId to,
                                                         AccountId actor) {
  using T = storage::CopyResult;
  storage::Copy job{from, std::move(uids), to, actor};
  return write_store<T>([&store, job = std::move(job)](storage::Completion<T> done) mutable {
    store.copy(std::move(job), std::move(done));
  });
}

inline asio::awaitable<Result<storage::CopyResult>> move(storage::Store& store, MailboxId from,
                                                         storage::UidSet uids, MailboxId to,
                                                         AccountId actor) {
  using T = storage::CopyResult;
  storage::Copy job{from, std::move(uids), to, actor};
  return write_store<T>([&store, job = std::move(job)](storage::Completion<T> done) mutable {
    store.move(std::move(job), std::move(done));
  });
}

inline asio::awaitable<Result<storage::ExpungeResult>> expunge(storage::Store& store,
                                                               MailboxId mailbox,
                                                               storage::UidSet uids,
                                                               AccountId actor) {
  using T = storage::ExpungeResult;
  storage::Expunge job{mailbox, std::move(uids), actor};
  return write_store<T>([&store, job = std::move(job)](storage::Completion<T> done) mutable {
    store.expunge(std::move(job), std::move(done));
  });
}

inline asio::awaitable<Result<void>> set_acl(storage::Store& store, storage::SetAcl change) {
  return write_store<void>(
      [&store, change](storage::Completion<void> done) { store.set_acl(change, std::move(done)); });
}

inline asio::awaitable<Result<storage::ChangedAccounts>> set_annotations(
    storage::Store& store, storage::SetAnnotations change) {
  using T = storage::ChangedAccounts;
  return write_store<T>([&store, change = std::move(change)](storage::Completion<T> done) mutable {
    store.set_annotations(std::move(change), std::move(done));
  });
}

// Whatever their flags.
inline asio::awaitable<Result<storage::ExpungeResult>> remove_messages(storage::Store& store,
                                                                       MailboxId mailbox,
                                                                       storage::UidSet uids) {
  using T = storage::ExpungeResult;
  storage::Expunge job{mailbox, std::move(uids), AccountId(), true};
  return write_store<T>([&store, job = std::move(job)](storage::Completion<T> done) mutable {
    store.expunge(std::move(job), std::move(done));
  });
}

inline asio::awaitable<Result<storage::Mailbox>> create_mailbox(storage::Store& store,
                                                                AccountId account, std::string name,
                                                                storage::SpecialUse use) {
  using T = storage::Mailbox;
  return write_store<T>(
      [&store, account, name = std::move(name), use](storage::Completion<T> done) mutable {
        store.create_mailbox(account, std::move(name), use, std::move(done));
      });
}

inline asio::awaitable<Result<void>> rename_mailbox(storage::Store& store, AccountId account,
                                                    std::string from, std::string to) {
  return write_store<void>([&store, account, from = std::move(from),
                            to = std::move(to)](storage::Completion<void> done) mutable {
    store.rename_mailbox(account, std::move(from), std::move(to), std::move(done));
  });
}

inline asio::awaitable<Result<void>> delete_mailbox(storage::Store& store, AccountId account,
                                                    std::string name) {
  return write_store<void>(
      [&store, account, name = std::move(name)](storage::Completion<void> done) mutable {
        store.delete_mailbox(account, std::move(name), std::move(done));
      });
}

inline asio::awaitable<Result<void>> subscribe(storage::Store& store, AccountId account,
                                               std::string name, bool subscribed) {
  return write_store<void>([&store, account, name = std::move(name),
                            subscribed](storage::Completion<void> done) mutable {
    store.subscribe(account, std::move(name), subscribed, std::move(done));
  });
}

inline asio::awaitable<Result<Uid>> claim_recent(storage::Store& store, MailboxId mailbox) {
  return write_store<Uid>([&store, mailbox](storage::Completion<Uid> done) {
    store.claim_recent(mailbox, std::move(done));
  });
}

}  // namespace restante::session
