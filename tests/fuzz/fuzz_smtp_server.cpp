// Fuzz target: the state machine fed by lines. The first octet of each line decides how the
// questions it raises are answered. Its promises to the driver must hold whatever comes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mail/smtp/server.h"

namespace {

using namespace restante::smtp;
using Kind = Action::Kind;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_output(std::string& output) {
  std::size_t at = 0;
  while (at < output.size()) {
    const std::size_t end = output.find("\r\n", at);
    require(end != std::string::npos && end - at >= 4 && end - at <= 600);
    require(output[at] >= '2' && output[at] <= '5');
    require(output[at + 3] == ' ' || output[at + 3] == '-');
    for (std::size_t i = at; i < end; ++i) require(output[i] >= 0x20 && output[i] < 0x7f);
    at = end + 2;
  }
  output.clear();
}

Action answer_login(Server& server, std::uint8_t choice) {
  server.auth_input().reset();
  if (choice % 3 == 0) return server.on(AuthChallenge{"x"});
  if (choice % 3 == 1) return server.on(AuthFailed{static_cast<AuthFailure>(choice / 3 % 4)});
  return server.on(AuthSucceeded{choice % 2 == 0 ? "" : "final"});
}

Action answer_delivery(Server& server, std::uint8_t choice) {
  require(!server.recipients().empty());
  if (choice % 3 == 0) return server.on(MessageKept{"id"});
  if (choice % 3 == 1) return server.on(MessageRefused{static_cast<Refusal>(choice / 3 % 8)});
  return server.on(DeliveryFailed{static_cast<restante::ErrorKind>(choice / 3 % 8)});
}

// Does what the machine asks until it wants a line; false when it has closed.
bool drive(Server& server, Action action, std::uint8_t choice) {
  for (int step = 0; step < 10; ++step) {
    check_output(server.output());
    switch (action.kind) {
      case Kind::ReadLine:
        return true;
      case Kind::Close:
        return false;
      case Kind::StartTls:
        action = server.on(TlsStarted{{"PLAIN", "LOGIN"}});
        break;
      case Kind::StartAuthentication:
      case Kind::ContinueAuthentication:
        action = answer_login(server, choice);
        break;
      case Kind::CheckSender:
        require(server.options().mode == Mode::Transfer || server.logged_in());
        action = server.on(SenderChecked{static_cast<SenderVerdict>(choice % 5)});
        break;
      case Kind::LookUpRecipient:
        action = server.on(RecipientChecked{static_cast<RecipientVerdict>(choice % 6)});
        break;
      case Kind::ReadData:
        action = server.on(DataEnded{static_cast<DataDecoder::Problem>(choice % 4)});
        break;
      case Kind::Deliver:
        action = answer_delivery(server, choice);
        break;
    }
  }
  require(false);  // no question leads round in a circle
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  Options options;
  options.hostname = "mail.example.org";
  options.mode = data[0] % 2 == 0 ? Mode::Submission : Mode::Transfer;
  options.tls_available = data[0] & 2;
  options.logged_in = data[0] & 4;
  options.size_limit_octets = 1000;
  options.recipient_limit = 3;
  options.mechanisms = {"PLAIN"};
  Server server(std::move(options));
  if (!drive(server, server.on(Connected{}), 0)) return 0;
  while (!input.empty()) {
    const auto choice = static_cast<std::uint8_t>(input.front());
    input.remove_prefix(1);
    const std::size_t end = std::min(input.find("\r\n"), input.size());
    const std::string_view line = input.substr(0, end);
    const bool too_long = line.size() + 2 > server.line_limit();
    const Action action = too_long ? server.on(LineTooLong{}) : server.on(Line{line});
    if (!drive(server, action, choice)) return 0;
    input.remove_prefix(std::min(end + 2, input.size()));
  }
  return 0;
}
