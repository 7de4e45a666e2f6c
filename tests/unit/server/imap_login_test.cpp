// Greeting, capabilities, STARTTLS, login, states, limits and the end of IMAP sessions.
#include "tests/unit/server/imap_house.h"

namespace restante::session {

TEST_CASE("a network door greets with OK and never PREAUTH", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  CHECK(client.greeting.starts_with("* PREAUTH [CAPABILITY IMAP4rev1 "));
  CHECK(contains(client.greeting, " IDLE "));

  ImapWire wire(house.context);
  house.connect(wire, ImapDoor::Imap, house.ann);
  house.run_until([&] { return wire.idle; });
  CHECK(wire.output.starts_with("* OK [CAPABILITY IMAP4rev1 "));
  wire.fail(net::IoError::Closed);
  house.run_until([&] { return wire.closed; });
  house.forget(wire);
}

TEST_CASE("passwords are refused in clear text, also from loopback unless permitted", "[imap]") {
  ImapHouse house;
  ImapClient client(house, std::nullopt);
  client.wire.tls_available = true;
  client.wire.peer.loopback = true;
  client.start(ImapDoor::Imap);
  const std::string greeting = client.line();
  CHECK(contains(greeting, " STARTTLS"));
  CHECK(contains(greeting, " LOGINDISABLED"));
  CHECK_FALSE(contains(greeting, "AUTH="));
  CHECK_FALSE(contains(greeting, "IDLE"));
  CHECK(client.ask("LOGIN ann@example.org secret").starts_with("NO [PRIVACYREQUIRED]"));
  CHECK(client.ask("AUTHENTICATE PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=").starts_with("NO"));

  house.settings.plaintext = Settings::Plaintext::Loopback;
  const std::string now = client.ask("CAPABILITY");
  CHECK_FALSE(contains(now, "LOGINDISABLED"));
  CHECK(contains(now, "AUTH=PLAIN"));
  CHECK(client.ask("LOGIN ann@example.org secret").starts_with("OK [CAPABILITY "));
}

TEST_CASE("STARTTLS drops what was sent before the handshake", "[imap]") {
  ImapHouse house;
  ImapClient client(house, std::nullopt);
  client.wire.tls_available = true;
  client.start(ImapDoor::Imap);
  client.line();
  client.send("a STARTTLS\r\nb LOGIN ann@example.org secret\r\n");
  CHECK(client.line().starts_with("a OK"));
  CHECK(client.rest().empty());
  CHECK(client.wire.tls);
  const std::string capability = client.ask("CAPABILITY");
  CHECK_FALSE(contains(capability, "STARTTLS"));
  CHECK(client.ask("STARTTLS").starts_with("BAD"));
  CHECK(client.ask("LOGIN ann@example.org secret").starts_with("OK"));
  CHECK(contains(house.log.text(), "logged in user=ann@example.org"));
}

TEST_CASE("a failed handshake ends the session", "[imap]") {
  ImapHouse house;
  ImapClient client(house, std::nullopt);
  client.wire.tls_available = true;
  client.wire.tls_works = false;
  client.start(ImapDoor::Imap);
  client.line();
  client.send("a STARTTLS\r\n");
  CHECK(client.line().starts_with("a OK"));
  CHECK(client.line() == "<closed>");
}

TEST_CASE("AUTHENTICATE with and without initial response, data with success, cancelling",
          "[imap]") {
  ImapHouse house;
  const std::string plain = "AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=";  // \0ann@example.org\0secret
  for (int way = 0; way < 3; ++way) {
    CAPTURE(way);
    ImapClient client(house, std::nullopt);
    client.wire.tls = true;
    client.start(ImapDoor::Imaps);
    client.line();
    if (way == 0) CHECK(client.ask("AUTHENTICATE PLAIN " + plain).starts_with("OK [CAPABILITY"));
    if (way == 1) {
      client.send("x authenticate plain\r\n");
      CHECK(client.line() == "+ ");
      client.send("*\r\n");
      CHECK(client.line().starts_with("x BAD"));
      client.send("y AUTHENTICATE PLAIN\r\n");
      client.line();
      client.send("no base64 !\r\n");
      CHECK(client.line().starts_with("y BAD"));
      client.send("z AUTHENTICATE PLAIN\r\n" + plain + "\r\n");
      CHECK(client.line() == "+ ");
      CHECK(client.line().starts_with("z OK [CAPABILITY"));
    }
    if (way == 2) {
      client.send("x AUTHENTICATE X-FINAL " + plain + "\r\n");
      CHECK(client.line() == "+ dj0x");
      CHECK(client.rest().empty());
      client.send("\r\n");
      CHECK(client.line().starts_with("x OK"));
    }
    CHECK(client.ask("LOGIN ann@example.org secret").starts_with("BAD"));
    CHECK(client.ask("AUTHENTICATE PLAIN " + plain).starts_with("BAD"));
    CHECK(client.ask("STARTTLS").starts_with("BAD"));
  }
}

TEST_CASE("wrong passwords end the session after a few", "[imap]") {
  ImapHouse house;
  ImapClient client(house, std::nullopt);
  client.wire.tls = true;
  client.start(ImapDoor::Imaps);
  client.line();
  for (int i = 0; i < 4; ++i) {
    CHECK(client.ask("LOGIN ann@example.org wrong").starts_with("NO [AUTHENTICATIONFAILED]"));
  }
  CHECK(client.ask("LOGIN ann@example.org wrong").starts_with("NO [AUTHENTICATIONFAILED]"));
  CHECK(client.line().starts_with("* BYE"));
  CHECK(client.line() == "<closed>");
  CHECK(contains(house.log.text(), "login failed"));
  CHECK_FALSE(contains(house.log.text(), "wrong"));
}

TEST_CASE("bad commands before login are counted", "[imap]") {
  ImapHouse house;
  ImapClient client(house, std::nullopt);
  client.start(ImapDoor::Imap);
  client.line();
  for (int i = 0; i < 20; ++i) client.send(i % 2 == 0 ? "a FETCH 1 FLAGS\r\n" : "b NONSENSE\r\n");
  for (int i = 0; i < 20; ++i) CHECK(contains(client.line(), " BAD "));
  CHECK(client.line().starts_with("* BYE"));
  CHECK(client.line() == "<closed>");
}

TEST_CASE("commands are refused in states they do not belong to", "[imap]") {
  ImapHouse house;
  ImapClient client(house, std::nullopt);
  client.wire.tls = true;
  client.start(ImapDoor::Imaps);
  client.line();
  CHECK(client.ask("SELECT INBOX").starts_with("BAD"));
  CHECK(client.ask("NOOP").starts_with("OK"));
  CHECK(contains(client.ask("ID NIL"), "* ID (\"name\" \"restante\")\n"));
  CHECK(client.append(kImapMessage).starts_with("BAD"));
  CHECK(client.ask("LOGIN ann@example.org secret").starts_with("OK"));
  for (const char* command : {"FETCH 1 FLAGS", "CLOSE", "UNSELECT", "EXPUNGE", "SEARCH ALL",
                              "CHECK", "UID COPY 1 INBOX", "MOVE 1 INBOX", "STORE 1 FLAGS ()"}) {
    CAPTURE(command);
    CHECK(client.ask(command).starts_with("BAD"));
  }
  CHECK(client.ask("ENABLE IDLE X-Y") == "* ENABLED\nOK ENABLE completed");
  CHECK(contains(client.ask("NAMESPACE"),
                 "* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) NIL\n"));
  CHECK(contains(client.ask("LOGOUT"), "* BYE"));
  CHECK(client.line() == "<closed>");
}

TEST_CASE("LOGOUT says BYE, then OK, and nothing after it is read", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  client.send("a LOGOUT\r\nb NOOP\r\n");
  CHECK(client.line().starts_with("* BYE"));
  CHECK(client.line() == "a OK LOGOUT completed");
  CHECK(client.line() == "<closed>");
}

TEST_CASE("pipelined IMAP commands are answered in order and together", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  client.settle();
  const std::size_t writes = client.wire.writes;
  client.send("a SELECT INBOX\r\nb NOOP\r\nc CLOSE\r\nd FETCH 1 FLAGS\r\ne NOOP\r\n");
  CHECK(contains(client.answer("a"), "OK [READ-WRITE]"));
  CHECK(client.answer("b").starts_with("OK"));
  CHECK(client.answer("c").starts_with("OK"));
  CHECK(client.answer("d").starts_with("BAD"));
  CHECK(client.answer("e").starts_with("OK"));
  CHECK(client.wire.writes == writes + 1);
}

TEST_CASE("commands may come octet by octet, literals need no plus", "[imap]") {
  ImapHouse house;
  ImapClient client(house, std::nullopt);
  client.wire.tls = true;
  client.wire.piece = 1;
  client.start(ImapDoor::Imaps);
  client.line();
  client.send("a LOGIN {15}\r\n");
  CHECK(client.line().starts_with("+ "));
  client.send("ann@example.org {6}\r\n");
  CHECK(client.line().starts_with("+ "));
  client.send("secret\r\n");
  CHECK(client.line().starts_with("a OK"));
}

TEST_CASE("waiting too long and a stopping server end in BYE", "[imap]") {
  ImapHouse house;
  house.settings.limits.login_timeout = std::chrono::seconds(17);
  house.settings.limits.idle_timeout = std::chrono::seconds(1800);
  {
    ImapClient client(house, std::nullopt);
    client.start(ImapDoor::Imap);
    client.line();
    client.ask("NOOP");
    client.settle();
    // One deadline for the login as a whole.
    REQUIRE(client.wire.deadlines.size() == 1);
    CHECK(client.wire.deadlines[0] == std::chrono::seconds(17));
    client.wire.fail(net::IoError::Deadline);
    CHECK(client.line().starts_with("* BYE"));
    CHECK(client.line() == "<closed>");
  }
  ImapClient client(house, house.ann);
  client.ask("NOOP");
  client.settle();
  CHECK(client.wire.deadlines.back() == std::chrono::seconds(1800));
  client.wire.fail(net::IoError::Stopped);
  CHECK(client.line().starts_with("* BYE"));
  CHECK(client.line() == "<closed>");
}

TEST_CASE("overlong lines and garbage are answered and do not stop the session", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  client.send(std::string("\x01\x02\xff\r\n"));
  CHECK(contains(client.line(), "BAD"));
  client.send("a " + std::string(200'000, 'x') + "\r\n");
  CHECK(contains(client.line(), "BAD"));
  CHECK(client.ask("NOOP").starts_with("OK"));
}

TEST_CASE("a client that vanishes in the middle of anything leaves no trace", "[imap]") {
  ImapHouse house;
  for (const char* start :
       {"a APPEND INBOX {100}\r\n", "a IDLE\r\n", "a SEL", "a LOGIN {10}\r\n"}) {
    ImapClient client(house, house.ann);
    client.send(start);
    client.settle();
  }
  ImapClient client(house, house.ann);
  client.wire.write_fails = true;
  client.send("a NOOP\r\n");
  CHECK(client.line() == "<closed>");
}

TEST_CASE("removing the account ends its sessions", "[imap]") {
  ImapHouse house;
  const auto carol = house.create("carol@example.org");
  ImapClient plain(house, carol);
  ImapClient idle(house, carol);
  idle.ask("SELECT INBOX");
  idle.send("i IDLE\r\n");
  CHECK(idle.line().starts_with("+"));
  idle.settle();
  house.remove(carol);
  CHECK(idle.line().starts_with("* BYE"));
  CHECK(idle.line() == "<closed>");
  plain.send("a NOOP\r\n");
  CHECK(plain.line().starts_with("* BYE"));
}

}  // namespace restante::session
