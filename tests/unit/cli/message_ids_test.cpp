// What names a message, and what must not be taken for one.
#include "cli/message_ids.h"

#include <catch2/catch.hpp>

using namespace restante::cli;

TEST_CASE("Numbers, ranges and lists are understood") {
  CHECK(*parse_message_names("412") == std::vector<MessageName>{NumberRange{412, 412}});
  CHECK(*parse_message_names("40-45") == std::vector<MessageName>{NumberRange{40, 45}});
  CHECK(*parse_message_names("40,42,50-51") ==
        std::vector<MessageName>{NumberRange{40, 40}, NumberRange{42, 42}, NumberRange{50, 51}});
}

TEST_CASE("A Message-ID stands in angle brackets") {
  CHECK(*parse_message_names("<a.b@c>") == std::vector<MessageName>{MessageIdText{"a.b@c"}});
}

TEST_CASE("Everything else is refused, never guessed") {
  for (const char* wrong : {"",        "0",          "-1",    "01",      "4x",
                            "45-40",   "40-",        "-",     "40,,42",  "40,",
                            ",",       " 40",        "+4",    "<>",      "<a",
                            "<a b@c>", "<a\r\nb@c>", "<<a>>", "1-20000", "99999999999999999999",
                            "t57",     "M412"}) {
    INFO(wrong);
    const auto names = parse_message_names(std::string_view(wrong));
    REQUIRE(!names);
    CHECK(names.error().code == ExitCode::Usage);
  }
}

TEST_CASE("A name is shown as it is typed") {
  CHECK(show_name(NumberRange{7, 7}) == "7");
  CHECK(show_name(NumberRange{7, 9}) == "7-9");
  CHECK(show_name(MessageIdText{"a@b"}) == "<a@b>");
}
