// Tables, JSON lines and what main prints for them.
#include "cli/output.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/cli/terminal_safety.h"

using namespace restante::cli;

namespace {

Table sample() {
  Table table({{"#", true}, {"FROM", false, true}, {"SUBJECT", false, true}});
  table.add({Cell("7"), Cell("Bob Lee"), Cell("Lunch?")}, true);
  table.add({Cell("412"), Cell("Carol", "carol@example.org"), Cell("In\tvoice\x1b[2J")});
  return table;
}

}  // namespace

TEST_CASE("Columns are aligned, headed and filtered for people") {
  CHECK(sample().aligned(80, false) ==
        "  #  FROM     SUBJECT\n"
        "  7  Bob Lee  Lunch?\n"
        "412  Carol    In\xe2\x90\x89voice\xe2\x90\x9b[2J\n");
}

TEST_CASE("Without a terminal fields are separated by one TAB and have no heading") {
  CHECK(sample().separated() == "7\tBob Lee\tLunch?\n412\tcarol@example.org\tIn\\tvoice\\x1B[2J\n");
}

TEST_CASE("Long cells are cut so that the line fits the terminal") {
  Table table({{"#", true}, {"FROM", false, true}, {"SUBJECT", false, true}});
  table.add({Cell("1"), Cell(std::string(60, 'f')), Cell(std::string(200, 's'))});
  const std::string text = table.aligned(80, false);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    CHECK(end - begin <= 80 + 4);  // an ellipsis has three octets
    begin = end + 1;
  }
}

TEST_CASE("Bold rows are marked only where colour is wanted") {
  CHECK(sample().aligned(80, true).find("\x1b[1m") != std::string::npos);
  CHECK(sample().aligned(80, false).find('\x1b') == std::string::npos);
}

TEST_CASE("A JSON line begins with the version and keeps the order of keys") {
  Json object;
  object["id"] = 412;
  object["from"] = "Zo\xc3\xab";
  CHECK(json_line(object) == "{\"v\":1,\"id\":412,\"from\":\"Zo\xc3\xab\"}");
}

TEST_CASE("Octets that are not UTF-8 are replaced and the line says so") {
  Json object;
  object["list"] = Json::array({"a\xff"});
  const std::string line = json_line(object);
  CHECK(line == "{\"v\":1,\"list\":[\"a\xef\xbf\xbd\"],\"lossy\":true}");
}

TEST_CASE("A JSON line is safe on a terminal and still means the same") {
  Json object;
  object["subject"] = "a\x1b\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\x81z";
  const std::string line = json_line(object);
  CHECK(is_safe_for_terminal(line));
  CHECK(nlohmann::json::parse(line)["subject"] == object["subject"].get<std::string>());
}
