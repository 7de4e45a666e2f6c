// Measures the bare store: durable deliveries a second with a number of waiters, each of which
// sends its next message when the last is kept, without network. With --fdatasync also what the
// disk takes to make 4 KiB durable. Prints key=value lines.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <random>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "storage/store.h"

namespace {

using namespace restante;
using namespace restante::storage;
using Clock = std::chrono::steady_clock;

struct Options {
  std::filesystem::path folder;
  std::size_t messages = 20'000;
  std::size_t size = 4096;
  std::size_t writers = 32;
  std::size_t recipients = 1;
  std::size_t accounts = 1;
  bool fdatasync = false;
};

std::size_t number_of(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0)
    throw std::invalid_argument(fmt::format("not a number above 0: {}", text));
  return value;
}

Options options_of(const std::vector<std::string_view>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto value = [&] { return number_of(i + 1 < words.size() ? words[++i] : ""); };
    if (words[i] == "--messages")
      options.messages = value();
    else if (words[i] == "--size")
      options.size = value();
    else if (words[i] == "--writers")
      options.writers = value();
    else if (words[i] == "--recipients")
      options.recipients = value();
    else if (words[i] == "--accounts")
      options.accounts = value();
    else if (words[i] == "--fdatasync")
      options.fdatasync = true;
    else if (words[i].starts_with("--") || !options.folder.empty())
      throw std::invalid_argument(fmt::format("unknown argument {}", words[i]));
    else
      options.folder = words[i];
  }
  if (options.folder.empty()) throw std::invalid_argument("no folder given");
  return options;
}

// Text of a small vocabulary, so that it compresses about as mail does.
std::string message_of(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::string> words(600);
  for (std::string& word : words)
    for (unsigned letters = 2 + random() % 8; letters > 0; --letters)
      word += static_cast<char>('a' + random() % 26);
  std::string message = fmt::format(
      "Received: from client.example ([192.0.2.1]) by mail.example; Sun, 1 Nov 2026 10:00:00 "
      "+0000\r\n"
      "From: Sender Name <sender@mail.example>\r\nTo: Recipient Name <recipient@mail.example>\r\n"
      "Subject: measurement {0}\r\nDate: Sun, 1 Nov 2026 10:00:00 +0000\r\n"
      "Message-ID: <{0}.bench@mail.example>\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n\r\n",
      seed);
  std::size_t column = 0;
  while (message.size() + 2 < size) {
    const std::string& word = words[random() % words.size()];
    message += word;
    message += ' ';
    column += word.size() + 1;
    if (column > 70) {
      message += "\r\n";
      column = 0;
    }
  }
  message.resize(std::max<std::size_t>(size, 2) - 2);
  return message + "\r\n";
}

double microseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

double at(std::vector<double>& values, double part) {
  std::ranges::sort(values);
  const auto position = static_cast<std::size_t>(part * static_cast<double>(values.size()));
  return values[std::min(values.size() - 1, position)];
}

std::vector<AccountId> make_accounts(Store& store, std::size_t count) {
  std::vector<AccountId> accounts(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::binary_semaphore done(0);
    Result<Account> made = fail(ErrorKind::Io, "not made");
    store.create_account(fmt::format("bench{}-{}@localhost", ::getpid(), i), Credential(), 0,
                         [&](Result<Account> result) {
                           made = std::move(result);
                           done.release();
                         });
    done.acquire();
    if (!made) throw std::runtime_error(made.error().message());
    accounts[i] = made->id;
  }
  return accounts;
}

// A closed loop: `writers` messages are under way at any time.
class Load {
 public:
  Load(Store& store, const Options& options, std::vector<AccountId> accounts)
      : store_(store), options_(options), accounts_(std::move(accounts)) {
    times_.resize(options.messages);
    // Each with a Message-ID of its own: copies of one message would find its thread.
    const std::size_t octets = std::size_t{256} * 1024 * 1024;
    const std::size_t texts = std::clamp<std::size_t>(octets / options.size, 1, options.messages);
    for (unsigned i = 0; i < texts; ++i) prepared_.push_back(prepare(message_of(options.size, i)));
  }

  Clock::duration run() {
    const Clock::time_point begin = Clock::now();
    for (std::size_t i = 0; i < std::min(options_.writers, options_.messages); ++i) send_next();
    finished_.acquire();
    return Clock::now() - begin;
  }

  std::vector<double>& times() { return times_; }
  std::size_t failures() const { return failures_; }

 private:
  void send_next() {
    const std::size_t number = next_++;
    if (number >= options_.messages) return;
    PreparedMessagePtr message = prepared_[number % prepared_.size()];
    const Clock::time_point begin = Clock::now();
    std::vector<Recipient> to;
    for (std::size_t i = 0; i < options_.recipients; ++i)
      to.push_back(Recipient{accounts_[(number + i) % accounts_.size()]});
    const Time now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    store_.deliver(Delivery(std::move(message), std::move(to), now),
                   [this, number, begin](Result<DeliveryResult> result) {
                     times_[number] = microseconds(Clock::now() - begin);
                     const bool kept = result && std::ranges::all_of(*result, [](const auto& each) {
                                         return each.has_value();
                                       });
                     if (!kept) ++failures_;
                     if (++done_ == options_.messages)
                       finished_.release();
                     else
                       send_next();
                   });
  }

  Store& store_;
  const Options& options_;
  std::vector<AccountId> accounts_;
  std::vector<PreparedMessagePtr> prepared_;
  std::vector<double> times_;
  std::atomic<std::size_t> next_ = 0, done_ = 0, failures_ = 0;
  std::binary_semaphore finished_{0};
};

// The median time of one fdatasync after 4 KiB were written at the end of a file or in its midst.
double fdatasync_median(const std::filesystem::path& folder, bool append) {
  constexpr std::size_t kBlock = 4096, kTimes = 400;
  const std::filesystem::path path = folder / "fdatasync.tmp";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("cannot write " + path.string());
  const std::string block(kBlock, 'x');
  const auto write_at = [&](std::size_t position) {
    if (::pwrite(file, block.data(), block.size(), static_cast<off_t>(position * kBlock)) !=
        static_cast<ssize_t>(kBlock))
      throw std::runtime_error("cannot write " + path.string());
  };
  for (std::size_t i = 0; !append && i < kTimes; ++i) write_at(i);
  ::fsync(file);
  std::vector<double> times;
  for (std::size_t i = 0; i < kTimes; ++i) {
    const Clock::time_point begin = Clock::now();
    write_at(i);
    if (::fdatasync(file) != 0) throw std::runtime_error("fdatasync failed");
    times.push_back(microseconds(Clock::now() - begin));
  }
  ::close(file);
  std::filesystem::remove(path);
  return at(times, 0.5);
}

double prepare_median(std::size_t size) {
  std::vector<double> times;
  for (unsigned i = 0; i < 300; ++i) {
    std::string message = message_of(size, i);
    const Clock::time_point begin = Clock::now();
    const PreparedMessagePtr prepared = prepare(std::move(message));
    times.push_back(microseconds(Clock::now() - begin));
  }
  return at(times, 0.5);
}

int run(const Options& options) {
  Result<std::unique_ptr<Store>> store = Store::open(options.folder, StoreOptions());
  if (!store) throw std::runtime_error(store.error().message());
  if (options.fdatasync) {
    fmt::print("fdatasync_append_us={:.0f}\n", fdatasync_median(options.folder, true));
    fmt::print("fdatasync_in_place_us={:.0f}\n", fdatasync_median(options.folder, false));
  }
  fmt::print("prepare_median_us={:.1f}\n", prepare_median(options.size));
  Load load(**store, options,
            make_accounts(**store, std::max(options.accounts, options.recipients)));
  const double seconds = std::chrono::duration<double>(load.run()).count();
  fmt::print("messages={}\nsize={}\nwriters={}\nrecipients={}\nfailures={}\n", options.messages,
             options.size, options.writers, options.recipients, load.failures());
  fmt::print("seconds={:.3f}\nmessages_per_second={:.0f}\n", seconds,
             static_cast<double>(options.messages) / seconds);
  fmt::print("recipients_per_second={:.0f}\n",
             static_cast<double>(options.messages * options.recipients) / seconds);
  fmt::print("median_us={:.0f}\np99_us={:.0f}\nmax_us={:.0f}\n", at(load.times(), 0.5),
             at(load.times(), 0.99), at(load.times(), 1.0));
  return load.failures() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(options_of(std::vector<std::string_view>(argv + 1, argv + argc)));
  } catch (const std::exception& error) {
    fmt::print(stderr,
               "store_bench: {}\nusage: store_bench FOLDER [--messages N] [--size OCTETS] "
               "[--writers W] [--recipients R] [--accounts A] [--fdatasync]\n",
               error.what());
    return 64;
  }
}
