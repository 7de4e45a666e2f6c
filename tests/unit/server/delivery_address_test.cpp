// One mailbox, one canonical address (UTS 46, NFC, lower case).
#include "server/delivery/address.h"

#include <catch2/catch.hpp>

using restante::delivery::canonical_address;
using restante::delivery::canonical_domain;

TEST_CASE("spellings of one mailbox become one address") {
  for (const auto& [typed, canonical] : std::vector<std::pair<std::string, std::string>>{
           {"Ann@Example.ORG", "ann@example.org"},
           {"\"Ann\"@example.org", "ann@example.org"},
           {"\"Ann B\"@example.org", "\"ann b\"@example.org"},
           {"jo@B\xc3\x9c"
            "CHER.example",
            "jo@xn--bcher-kva.example"},
           {"jo@bu\xcc\x88"
            "cher.example",
            "jo@xn--bcher-kva.example"},
           {"jo@XN--BCHER-kva.EXAMPLE", "jo@xn--bcher-kva.example"},
           {"J\xc3\x96@example.org", "j\xc3\xb6@example.org"},
           {"JO\xcc\x88@example.org", "j\xc3\xb6@example.org"},
           {"ann@fa\xc3\x9f.example", "ann@xn--fa-hia.example"},
           {"ann@[IPv6:2001:DB8::1]", "ann@[ipv6:2001:db8::1]"},
           {"ann+Tag@example.org", "ann+tag@example.org"}}) {
    CAPTURE(typed);
    const auto address = canonical_address(typed);
    REQUIRE(address);
    CHECK(*address == canonical);
    CHECK(canonical_address(*address).value() == *address);
  }
}

TEST_CASE("what is no address is refused") {
  for (const char* typed : {"", "ann", "ann@", "@example.org", "ann@exa mple.org", "ann@xn--a.org",
                            "ann@xn--\xc3\xbc.org", "ann@a_b.org", "ann@\xe2\x80\x8d.org",
                            "ann@example.org\r\n", "ann@ex\xc3.org", "<ann@example.org>"}) {
    CAPTURE(typed);
    CHECK_FALSE(canonical_address(typed));
  }
  CHECK_FALSE(canonical_domain(""));
  CHECK_FALSE(canonical_domain("[nonsense]"));
}
