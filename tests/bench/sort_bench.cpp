// Measures what SORT and THREAD of a whole mailbox take, without network and search: reading the
// digests and ordering them. Prints key=value lines (milliseconds).
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <vector>

#include "mail/imap/sort.h"
#include "mail/imap/thread.h"
#include "storage/store.h"

namespace {

using namespace restante;
using namespace restante::storage;
using Clock = std::chrono::steady_clock;

std::string message_of(std::size_t number, std::mt19937& random) {
  const std::size_t parent =
      number < 2 ? 0 : number - 1 - random() % std::min<std::size_t>(number, 50);
  const bool reply = parent != 0 && random() % 3 != 0;
  std::string text = fmt::format(
      "From: Sender {0} <sender{0}@mail.example>\r\nTo: Recipient <recipient@mail.example>\r\n"
      "Subject: {1}measurement of subject {2}\r\nDate: Sun, 1 Nov 2026 10:{3:02}:{4:02} +0000\r\n"
      "Message-ID: <{5}.bench@mail.example>\r\n",
      random() % 500, reply ? "Re: " : "", random() % 20'000, random() % 60, random() % 60, number);
  if (reply) {
    text += fmt::format("In-Reply-To: <{}.bench@mail.example>\r\nReferences:", parent);
    for (std::size_t each = parent, count = 1 + random() % 6; each > 0 && count > 0; --count) {
      text += fmt::format(" <{}.bench@mail.example>", each);
      each -= 1 + random() % std::min<std::size_t>(each, 20);
    }
    text += "\r\n";
  }
  return text + "\r\nbody of some words\r\n";
}

template <class T>
T wait_for(const std::function<void(Completion<T>)>& start) {
  std::binary_semaphore done(0);
  std::optional<Result<T>> result;
  start([&](Result<T> got) {
    result.emplace(std::move(got));
    done.release();
  });
  done.acquire();
  if (!*result) throw std::runtime_error(result->error().message());
  return std::move(**result);
}

AccountId fill(Store& store, std::size_t count) {
  const Account account = wait_for<Account>(
      [&](auto done) { store.create_account("bench@localhost", {}, 0, std::move(done)); });
  std::mt19937 random(1);
  std::atomic<std::size_t> left = count;
  std::counting_semaphore<1000> room(1000);
  std::binary_semaphore finished(0);
  for (std::size_t number = 1; number <= count; ++number) {
    room.acquire();
    Delivery delivery(prepare(message_of(number, random)), {Recipient{account.id}},
                      Time(std::chrono::seconds(1'700'000'000 + number)));
    store.deliver(std::move(delivery), [&](Result<DeliveryResult>) {
      room.release();
      if (--left == 0) finished.release();
    });
  }
  finished.acquire();
  return account.id;
}

struct Rows {
  std::vector<PlacementRow> rows;
  std::vector<BlobId> blobs;
};

Rows read_rows(Reader& reader, AccountId account) {
  const auto inbox = reader.find_mailbox(account, "INBOX");
  Rows read;
  const auto scanned =
      reader.scan(inbox->id, {Uid(1), Uid(0xffffffff)}, [&](const PlacementRow& row) {
        read.rows.push_back(row);
        read.blobs.push_back(row.blob);
        return true;
      });
  if (!scanned) throw std::runtime_error(scanned.error().message());
  return read;
}

void measure(const char* name, const std::function<void()>& work) {
  const Clock::time_point begin = Clock::now();
  work();
  fmt::print("{}_ms={:.1f}\n", name,
             std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
}

void measure_sort(Reader& reader, AccountId account, std::vector<imap::SortCriterion> criteria) {
  const Rows read = read_rows(reader, account);
  imap::Sorter sorter(std::move(criteria));
  const auto visited =
      reader.digests(read.blobs, [&](std::size_t position, const message::Digest& digest) {
        const PlacementRow& row = read.rows[position];
        sorter.add(row.uid.value(), row.internal_date, row.size_octets, &digest);
      });
  if (!visited) throw std::runtime_error(visited.error().message());
  while (sorter.step()) {
  }
  if (sorter.take().size() != read.rows.size()) throw std::runtime_error("messages are missing");
}

void measure_thread(Reader& reader, AccountId account, imap::ThreadAlgorithm algorithm) {
  const Rows read = read_rows(reader, account);
  imap::Threader threader(algorithm);
  const auto visited =
      reader.digests(read.blobs, [&](std::size_t position, const message::Digest& digest) {
        threader.add(read.rows[position].uid.value(), read.rows[position].internal_date, digest);
      });
  if (!visited) throw std::runtime_error(visited.error().message());
  std::string out;
  threader.write(out);
}

void run(const std::filesystem::path& folder, std::size_t count) {
  auto store = Store::open(folder, StoreOptions());
  if (!store) throw std::runtime_error(store.error().message());
  AccountId account;
  measure("fill", [&] { account = fill(**store, count); });
  (*store)->read_here([&](Reader& reader) {
    using imap::SortKey;
    using imap::ThreadAlgorithm;
    for (int times = 0; times < 2; ++times) {
      measure("sort_subject", [&] { measure_sort(reader, account, {{SortKey::Subject}}); });
      measure("sort_date", [&] { measure_sort(reader, account, {{SortKey::Date, true}}); });
      measure("sort_from_subject",
              [&] { measure_sort(reader, account, {{SortKey::DisplayFrom}, {SortKey::Subject}}); });
      measure("thread_references",
              [&] { measure_thread(reader, account, ThreadAlgorithm::References); });
      measure("thread_refs", [&] { measure_thread(reader, account, ThreadAlgorithm::Refs); });
      measure("thread_orderedsubject",
              [&] { measure_thread(reader, account, ThreadAlgorithm::OrderedSubject); });
      measure("threads", [&] {
        std::vector<MessageNumber> numbers;
        for (const PlacementRow& row : read_rows(reader, account).rows)
          numbers.push_back(row.number);
        if (!reader.threads(account, numbers)) throw std::runtime_error("threads cannot be read");
      });
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::invalid_argument("two arguments wanted");
    run(argv[1], static_cast<std::size_t>(std::strtoul(argv[2], nullptr, 10)));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "sort_bench: {}\nusage: sort_bench FOLDER MESSAGES\n", error.what());
    return 64;
  }
}
