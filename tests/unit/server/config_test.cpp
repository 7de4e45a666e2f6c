// The configuration file: every key, every mistake at once, the commented defaults.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "server/config.h"

namespace restante {
namespace {

constexpr const char* kHead =
    "hostname = \"mail.example.org\"\n"
    "domains = [\"example.org\"]\n"
    "tls.cert = \"c.pem\"\n"
    "tls.key = \"k.pem\"\n";  // 4 lines

std::expected<Settings, ConfigErrors> parse(const std::string& rest) {
  return parse_config(kHead + rest, "/etc/x/restante.toml");
}

// The only error of a file of which rest is the end.
std::string error_of(const std::string& rest) {
  const auto parsed = parse(rest);
  if (parsed) return "no error";
  return parsed.error().size() == 1 ? parsed.error().front() : "several errors";
}

}  // namespace

TEST_CASE("the default file parses back to the defaults", "[config]") {
  const auto parsed = parse_config(default_config_text(), "/etc/restante/restante.toml");
  REQUIRE(parsed);
  const Settings plain;
  CHECK(parsed->hostname == "mail.example.org");
  CHECK(parsed->domains == std::vector<std::string>{"example.org"});
  CHECK(parsed->data_dir == "/var/lib/restante");
  CHECK(parsed->tls.certificate == "/etc/restante/fullchain.pem");
  CHECK(parsed->tls.key == "/etc/restante/key.pem");
  CHECK(parsed->listen.submissions == std::vector<std::string>{"[::]:465"});
  CHECK(parsed->listen.imaps == std::vector<std::string>{"[::]:993"});
  CHECK(parsed->listen.smtp.empty());
  CHECK(parsed->listen.local == "/run/restante");
  CHECK(parsed->plaintext == plain.plaintext);
  CHECK(parsed->limits.message_size_octets == plain.limits.message_size_octets);
  CHECK(parsed->limits.recipients == plain.limits.recipients);
  CHECK(parsed->limits.quota_octets == plain.limits.quota_octets);
  CHECK(parsed->limits.connections_per_address == plain.limits.connections_per_address);
  CHECK(parsed->limits.connections == plain.limits.connections);
  CHECK(parsed->limits.idle_timeout == plain.limits.idle_timeout);
  CHECK(parsed->limits.login_timeout == plain.limits.login_timeout);
  CHECK(parsed->log_level == plain.log_level);
  CHECK_FALSE(parsed->trial);
}

TEST_CASE("a short file has the same defaults as the commented one", "[config]") {
  const auto brief = parse("");
  const auto full = parse_config(default_config_text(), "/etc/x/restante.toml");
  REQUIRE(brief);
  REQUIRE(full);
  CHECK(brief->data_dir == full->data_dir);
  CHECK(brief->listen.imaps == full->listen.imaps);
  CHECK(brief->listen.submissions == full->listen.submissions);
  CHECK(brief->listen.local == full->listen.local);
}

TEST_CASE("each key is read", "[config]") {
  const auto parsed = parse(R"(data-dir = "data"
[listen]
smtp = ["0.0.0.0:25"]
submission = ["127.0.0.1:1587", "unix:sub.sock"]
imap = ["[::1]:143"]
local = "unix:run"
[auth]
plaintext = "loopback"
[limits]
message-size = "10 KiB"
recipients = 7
quota = "0 B"
connections-per-address = 3
connections = 9
idle-timeout = "2 h"
login-timeout = "5s"
[log]
level = "debug"
)");
  REQUIRE(parsed);
  CHECK(parsed->data_dir == "/etc/x/data");
  CHECK(parsed->tls.certificate == "/etc/x/c.pem");
  CHECK(parsed->listen.smtp == std::vector<std::string>{"0.0.0.0:25"});
  CHECK(parsed->listen.submission ==
        std::vector<std::string>{"127.0.0.1:1587", "unix:/etc/x/sub.sock"});
  CHECK(parsed->listen.local == "/etc/x/run");
  CHECK(parsed->plaintext == Settings::Plaintext::Loopback);
  CHECK(parsed->limits.message_size_octets == 10 * 1024);
  CHECK(parsed->limits.recipients == 7);
  CHECK(parsed->limits.quota_octets == 0);
  CHECK(parsed->limits.connections_per_address == 3);
  CHECK(parsed->limits.connections == 9);
  CHECK(parsed->limits.idle_timeout == std::chrono::hours(2));
  CHECK(parsed->limits.login_timeout == std::chrono::seconds(5));
  CHECK(parsed->log_level == "debug");
}

TEST_CASE("domains become canonical", "[config]") {
  const auto parsed = parse_config(
      "hostname = \"Mail.EXAMPLE.org\"\ndomains = [\"Bücher.Example\", \"b.example\", "
      "\"xn--bcher-kva.example\"]\nlisten.submissions = []\nlisten.imaps = []\n",
      "x.toml");
  REQUIRE(parsed);
  CHECK(parsed->hostname == "mail.example.org");
  CHECK(parsed->domains == std::vector<std::string>{"xn--bcher-kva.example", "b.example"});
}

TEST_CASE("unknown keys are errors with their line and a suggestion", "[config]") {
  CHECK(error_of("[limits]\nmesage-size = \"1 MiB\"\n") ==
        "/etc/x/restante.toml:6: unknown key 'limits.mesage-size'; did you mean "
        "'limits.message-size'?");
  CHECK(error_of("data_dir = \"x\"\n") ==
        "/etc/x/restante.toml:5: unknown key 'data_dir'; did you mean 'data-dir'?");
  CHECK(error_of("quota = \"1 GiB\"\n") ==
        "/etc/x/restante.toml:5: unknown key 'quota'; did you mean 'limits.quota'?");
  CHECK(error_of("[zebra]\nx = 1\n") == "/etc/x/restante.toml:5: unknown key 'zebra'");
  CHECK(error_of("limits = 5\n") ==
        "/etc/x/restante.toml:5: 'limits' is a section: write [limits]");
}

TEST_CASE("wrong values are errors with their line", "[config]") {
  const auto at6 = [](const std::string& what) { return "/etc/x/restante.toml:6: " + what; };
  CHECK(error_of("[limits]\nmessage-size = 5\n").starts_with(at6("this must be a size with its")));
  CHECK(error_of("[limits]\nmessage-size = \"50 MB\"\n") ==
        at6("'50 MB' is not a size such as \"50 MiB\" (B, KiB, MiB, GiB, TiB)"));
  CHECK(error_of("[limits]\nmessage-size = \"5 B\"\n").starts_with(at6("this must be from")));
  CHECK(error_of("[limits]\nidle-timeout = \"soon\"\n").starts_with(at6("'soon' is not a dura")));
  CHECK(error_of("[limits]\nidle-timeout = \"0 s\"\n") == at6("this must be longer than 0 s"));
  CHECK(error_of("[limits]\nrecipients = 0\n").starts_with(at6("this must be a whole number")));
  CHECK(error_of("[limits]\nrecipients = 1.5\n").starts_with(at6("this must be a whole number")));
  CHECK(error_of("[listen]\nimap = \"[::]:143\"\n").starts_with(at6("this must be a list")));
  CHECK(error_of("[listen]\nimap = [\"143\"]\n").starts_with(at6("'143' is not \"ADDRESS:PORT\"")));
  CHECK(error_of("[listen]\nimap = [\"[::]:0\"]\n") == at6("'[::]:0' names no port (1 to 65535)"));
  CHECK(
      error_of("[listen]\nlocal = \"/run/x\"\n").starts_with(at6("this must be \"unix:FOLDER\"")));
  CHECK(error_of("[listen]\nlocal = \"unix:/" + std::string(100, 'x') + "\"\n")
            .starts_with(at6("the path of this folder is longer than")));
  CHECK(error_of("[listen]\nlmtp = [\"[::]:24\"]\n") ==
        at6("this protocol is not served by this version of restante: leave it []"));
  CHECK(error_of("[auth]\nplaintext = true\n") == at6("this must be a text in quotes"));
  CHECK(error_of("[auth]\nplaintext = \"yes\"\n") == at6("this must be \"tls\" or \"loopback\""));
  CHECK(error_of("[log]\nlevel = \"loud\"\n").starts_with(at6("this must be \"debug\"")));
  CHECK(error_of("[listen]\nimap = [\"[::]:143\"]\nsubmission = [\"[::]:143\"]\n") ==
        at6("[::]:143 is used by listen.submission and listen.imap"));
  CHECK(error_of("[listen]\nimap = [\"[::]:110\"]\npop3 = [\"[::]:110\"]\n") ==
        "/etc/x/restante.toml:7: [::]:110 is used by listen.imap and listen.pop3");
  CHECK(error_of("x = \n").starts_with("/etc/x/restante.toml:5: "));
}

TEST_CASE("what is missing is told", "[config]") {
  const auto empty = parse_config("", "x.toml");
  REQUIRE_FALSE(empty);
  CHECK(empty.error().size() == 3);
  CHECK(empty.error()[0] == "x.toml: the key 'hostname' is missing");
  CHECK(empty.error()[1] == "x.toml: the key 'domains' is missing");
  CHECK(empty.error()[2].starts_with(
      "x.toml: listen.submissions, listen.imaps and listen.pop3s need"));
  const auto half = parse_config(
      "hostname = \"a.example\"\ndomains = [\"a.example\"]\n[tls]\ncert = \"c\"\n", "x.toml");
  REQUIRE_FALSE(half);
  CHECK(half.error().front() == "x.toml: tls.cert and tls.key are given both or not at all");
}

TEST_CASE("all mistakes of a file are told at once, in its order", "[config]") {
  const auto parsed = parse(
      "[log]\nlevel = 1\n[limits]\nrecipients = \"x\"\nnonsense = 1\n[auth]\nplaintext = \"no\"\n");
  REQUIRE_FALSE(parsed);
  REQUIRE(parsed.error().size() == 4);
  CHECK(parsed.error()[0].starts_with("/etc/x/restante.toml:6: "));
  CHECK(parsed.error()[1].starts_with("/etc/x/restante.toml:8: "));
  CHECK(parsed.error()[2].starts_with("/etc/x/restante.toml:9: "));
  CHECK(parsed.error()[3].starts_with("/etc/x/restante.toml:11: "));
}

TEST_CASE("sizes and durations", "[config]") {
  CHECK(parse_size("0 B").value_or(1) == 0);
  CHECK(parse_size("50 MiB").value_or(0) == 50ULL << 20);
  CHECK(parse_size("2GiB").value_or(0) == 2ULL << 30);
  for (const char* wrong : {"", "5", "-1 B", "1.5 MiB", "MiB", "1 MiB ", " 1 MiB", "1 mib",
                            "99999999999999999999 B", "8388608 TiB"}) {
    INFO(wrong);
    CHECK_FALSE(parse_size(wrong));
  }
  CHECK(parse_duration("30 min").value_or(std::chrono::seconds(0)) == std::chrono::minutes(30));
  CHECK(parse_duration("1 day").value_or(std::chrono::seconds(0)) == std::chrono::hours(24));
  CHECK(parse_duration("30 days").value_or(std::chrono::seconds(0)) == std::chrono::hours(720));
  for (const char* wrong : {"", "30", "30 m", "1 month", "-5 s", "9999999999999 days"}) {
    INFO(wrong);
    CHECK_FALSE(parse_duration(wrong));
  }
}

TEST_CASE("files that cannot be read say so", "[config]") {
  const auto missing = read_config("/nonexistent/restante.toml");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().front() ==
        "/nonexistent/restante.toml: cannot be read: No such file or directory");
  const auto folder = read_config("/tmp");
  REQUIRE_FALSE(folder);
  CHECK(folder.error().front() == "/tmp: cannot be read: Is a directory");
}

TEST_CASE("deep or binary files are refused, not followed", "[config]") {
  CHECK_FALSE(parse_config("a = " + std::string(100'000, '['), "x.toml"));
  CHECK_FALSE(parse_config(std::string(1000, '\0'), "x.toml"));
  CHECK_FALSE(parse_config("a = \"\xff\xfe\"\n", "x.toml"));
}

}  // namespace restante
