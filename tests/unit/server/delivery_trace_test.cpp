// Return-Path and Received (RFC 5321 s4.4, RFC 3848).
#include "server/delivery/trace.h"

#include <catch2/catch.hpp>

using namespace restante;

TEST_CASE("trace fields say who gave the message to whom and when") {
  const std::optional<smtp::Mailbox> sender = smtp::Mailbox{"ann b", "example.org"};
  const smtp::Mailbox recipient{"bob", "example.org"};
  delivery::Trace trace{};
  trace.sender = &sender;
  trace.client_name = "client.example";
  trace.peer_address = "2001:db8::1";
  trace.hostname = "mail.example.org";
  trace.protocol = "ESMTPSA";
  trace.id = "1.2.3";
  trace.only_recipient = &recipient;
  trace.time = std::chrono::sys_seconds{std::chrono::seconds{880127706}};
  CHECK(delivery::trace_fields(trace) ==
        "Return-Path: <\"ann b\"@example.org>\r\n"
        "Received: from client.example ([IPv6:2001:db8::1])\r\n"
        "\tby mail.example.org with ESMTPSA id 1.2.3\r\n"
        "\tfor <bob@example.org>;\r\n"
        "\tFri, 21 Nov 1997 15:55:06 +0000\r\n");
  const std::optional<smtp::Mailbox> nobody;
  trace.sender = &nobody;
  trace.peer_address = "local";
  trace.only_recipient = nullptr;
  CHECK(delivery::trace_fields(trace) ==
        "Return-Path: <>\r\n"
        "Received: from client.example (local socket)\r\n"
        "\tby mail.example.org with ESMTPSA id 1.2.3;\r\n"
        "\tFri, 21 Nov 1997 15:55:06 +0000\r\n");
}

TEST_CASE("ids differ by time, session and count") {
  const std::chrono::sys_seconds time{std::chrono::seconds{0x100}};
  CHECK(delivery::message_id_stem(time, 0x20, 3) == "100.20.3");
}
