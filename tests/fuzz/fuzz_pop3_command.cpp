// Fuzz target: POP3 command lines, and messages through dot-stuffing and TOP. What is stuffed must
// be the message again when it is read as a client reads it, in pieces of any size.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/pop3/command.h"
#include "mail/pop3/multiline.h"
#include "tests/fuzz/require.h"

namespace {

using namespace restante::pop3;
using restante::fuzz::require;

void check_line(std::string_view line) {
  const auto command = parse_command(line);
  if (!command) return require(!command.error().text.empty());
  require(command->text.size() <= line.size());
  require(command->text.find_first_of("\r\n") == std::string::npos);
}

std::string send(std::string_view message, std::size_t piece, TopCut* cut) {
  DotStuffer stuffer;
  std::string out;
  for (std::size_t at = 0; at < message.size(); at += piece) {
    const std::string_view octets = message.substr(at, piece);
    stuffer.add(out, cut == nullptr ? octets : cut->take(octets));
    if (cut != nullptr && cut->done()) break;
  }
  stuffer.finish(out);
  return out;
}

// A client that splits at LF: nothing before the end may look like it.
std::string read(std::string_view answer) {
  std::string message;
  while (answer != ".\r\n") {
    const std::size_t end = answer.find('\n');
    require(end != std::string_view::npos);
    std::string_view line = answer.substr(0, end + 1);
    answer.remove_prefix(end + 1);
    require(line != ".\r\n" && line != ".\n");
    if (line.front() == '.') line.remove_prefix(1);
    message += line;
  }
  return message;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_line(input);
  check_line(input.substr(0, input.find('\n')));
  const std::size_t piece = size == 0 ? 1 : 1 + data[0] % 7;
  const std::string whole = read(send(input, piece, nullptr));
  require(whole == input || whole == std::string(input) + "\r\n");
  require(whole == read(send(input, size + 1, nullptr)));
  TopCut cut(static_cast<std::uint32_t>(size % 5));
  const std::string top = read(send(input, piece, &cut));
  require(whole.starts_with(top) || top.size() <= input.size() + 2);
  return 0;
}
