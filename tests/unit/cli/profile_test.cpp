// The files of login: round trip, permissions, and errors that name file and line.
#include "cli/profile.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

using namespace restante::cli;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "restante-profile-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path path() const { return path_; }

 private:
  fs::path path_;
};

Profile sample() {
  Profile profile;
  profile.address = "a@example.org";
  profile.name = "A \"quoted\" \\ name";
  profile.server = "mail.example.org";
  profile.smtp_port = 1587;
  profile.imap_port = 1143;
  profile.security = Security::StartTls;
  profile.trust.fingerprint = std::string(64, 'a');
  return profile;
}

mode_t mode_of(const fs::path& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("What login saves is read back, and nobody else can read it") {
  const Folder folder;
  const ProfileStore store(folder.path() / "deep" / "restante");
  Credential credential;
  credential.password = "p\"\\\n w\xc3\xb6rd";
  REQUIRE(store.save("a@example.org", sample(), credential));
  CHECK(mode_of(store.folder()) == 0700);
  CHECK(mode_of(store.folder() / "credentials.toml") == 0600);
  const auto profiles = store.read();
  REQUIRE(profiles);
  CHECK(profiles->standard == "a@example.org");
  const Profile& profile = profiles->by_name.at("a@example.org");
  CHECK(profile.name == sample().name);
  CHECK(profile.smtp_port == 1587);
  CHECK(profile.security == Security::StartTls);
  CHECK(profile.trust.fingerprint == sample().trust.fingerprint);
  CHECK(store.credential("a@example.org")->password == credential.password);
}

TEST_CASE("Further profiles do not change the default, and removing one leaves the others") {
  const Folder folder;
  const ProfileStore store(folder.path() / "restante");
  Credential command;
  command.command = {"pass", "show", "mail box"};
  REQUIRE(store.save("first", sample(), Credential{"x", {}}));
  REQUIRE(store.save("second", sample(), command));
  CHECK(store.read()->standard == "first");
  CHECK(store.credential("second")->command == command.command);
  REQUIRE(store.remove("first"));
  CHECK(store.read()->standard == "second");
  CHECK(store.remove("first").error().code == ExitCode::NoInput);
}

TEST_CASE("Files that are open to others are refused with the exact chmod") {
  const Folder folder;
  const ProfileStore store(folder.path() / "restante");
  REQUIRE(store.save("a", sample(), Credential{"x", {}}));
  const fs::path file = store.folder() / "credentials.toml";
  ::chmod(file.c_str(), 0640);
  const auto open_file = store.credential("a");
  REQUIRE(!open_file);
  CHECK(open_file.error().code == ExitCode::Login);
  CHECK(open_file.error().hint == "chmod 0600 " + file.string());
  ::chmod(file.c_str(), 0600);
  ::chmod(store.folder().c_str(), 0755);
  CHECK(store.credential("a").error().hint == "chmod 0700 " + store.folder().string());
  CHECK(store.save("b", sample(), Credential{"x", {}}).error().code == ExitCode::Login);
}

TEST_CASE("Errors of the file name its line") {
  const Folder folder;
  const auto message = [&](const std::string& text) {
    std::ofstream(folder.path() / "config.toml") << text;
    const auto profiles = ProfileStore(folder.path()).read();
    REQUIRE(!profiles);
    CHECK(profiles.error().code == ExitCode::Configuration);
    return profiles.error().message;
  };
  const std::string file = (folder.path() / "config.toml").string();
  CHECK(message("\n[account.a]\nserer = \"x\"\n") == file + ":3: unknown key 'serer'");
  CHECK(message("[account.a]\nimap-port = 70000\n") == file + ":2: not a port (1 to 65535)");
  CHECK(message("x = 1\n") == file + ":1: unknown key 'x'");
  CHECK(message("[account.a]\naddress = \"a@b\"\n") ==
        file + ":1: account 'a' needs address and server");
  CHECK(message("[account\n").starts_with(file + ":1: "));
}

TEST_CASE("No files are no profiles") {
  const Folder folder;
  const auto profiles = ProfileStore(folder.path() / "nothing").read();
  REQUIRE(profiles);
  CHECK(profiles->by_name.empty());
}

TEST_CASE("A password command is split into words and run without a shell") {
  CHECK(*split_command("pass show 'my mail' \"a b\" c\\ d") ==
        std::vector<std::string>{"pass", "show", "my mail", "a b", "c d"});
  CHECK(*split_command("echo $HOME;ls") == std::vector<std::string>{"echo", "$HOME;ls"});
  CHECK(!split_command("echo 'open"));
  CHECK(!split_command("   "));
  Credential credential;
  credential.command = {"printf", "secret $HOME\\nmore"};
  CHECK(*reveal(credential) == "secret $HOME");
  credential.command = {"false"};
  CHECK(reveal(credential).error().code == ExitCode::Login);
  credential.command = {"/nonexistent/program"};
  CHECK(reveal(credential).error().code == ExitCode::Login);
  credential.command = {"yes"};  // endless output is cut
  CHECK(!reveal(Credential{"", {"yes"}}));
}

TEST_CASE("Fingerprints are compared without colons and case") {
  const std::string hex(64, 'b');
  CHECK(normal_fingerprint(show_fingerprint(hex)) == hex);
  CHECK(normal_fingerprint("abc").empty());
  CHECK(normal_fingerprint(std::string(64, 'g')).empty());
}
