// The server's settings as values: what the configuration file says, with every default
// (docs/operations.md). Read once, never changed. Parsing lives in server/config.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace restante {

struct Settings {
  std::string hostname = "localhost";
  std::vector<std::string> domains = {"localhost"};  // canonical: A-labels, lower case
  std::filesystem::path data_dir;

  struct Tls {
    std::filesystem::path certificate;  // PEM chain; empty: none
    std::filesystem::path key;
  } tls;

  struct Listen {  // "ADDRESS:PORT" or "unix:PATH"
    std::vector<std::string> smtp, submission, submissions, lmtp, imap, imaps, pop3, pop3s;
    std::filesystem::path local;  // folder of submit.sock and imap.sock; empty: off
  } listen;

  enum class Plaintext { Tls, Loopback };
  Plaintext plaintext = Plaintext::Tls;  // [auth] plaintext

  struct Limits {
    std::uint64_t message_size_octets = 50ULL * 1024 * 1024;
    std::uint32_t recipients = 100;
    std::uint64_t quota_octets = 10ULL * 1024 * 1024 * 1024;
    std::uint32_t connections_per_address = 50;
    std::uint32_t connections = 20'000;
    std::chrono::seconds idle_timeout{30 * 60};
    std::chrono::seconds login_timeout{60};
  } limits;

  std::string log_level = "info";
  bool trial = false;  // started without a file
};

}  // namespace restante
