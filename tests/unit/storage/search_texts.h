// Random messages and needles for the tests of search: texts of several scripts, marks, long runs
// without blanks, encoded headers, HTML.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace restante::testing {

// A seed of its own in each run, or that of RESTANTE_SEED.
inline unsigned search_seed() {
  const char* const given = std::getenv("RESTANTE_SEED");
  return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                          : std::random_device()();
}

class SearchTexts {
 public:
  explicit SearchTexts(unsigned seed) : random_(seed) {}

  unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }

  std::string word() {
    static constexpr std::array<std::string_view, 34> kWords = {
        "mail",
        "Mailbox",
        "meeting",
        "a",
        "of",
        "the",
        "Other",
        "authentic",
        "station",
        "x-1",
        "foo@bar.example",
        "Stra\xc3\x9f"
        "e",
        "gr\xc3\xbc\xc3\x9f"
        "e",
        "re\xcc\x81sume\xcc\x81",  // combining marks
        "r\xc3\xa9sum\xc3\xa9",
        "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82",
        "\xd0\xb9\xd0\xbe\xd0\xb6",
        "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe3\x83\xa1\xe3\x83\xbc\xe3\x83\xab",
        "\xe4\xbc\x9a\xe8\xae\xae",
        "\xe4\xbc\x9a",
        "\xea\xb0\x80\xeb\x82\x98",
        "\xe0\xb8\xaa\xe0\xb8\xa7\xe0\xb8\xb1\xe0\xb8\xaa\xe0\xb8\x94\xe0\xb8\xb5",
        "\xef\xbc\xa1\xef\xbc\xa2\xef\xbc\xa3",  // full width
        "\xef\xac\x81nal",                       // ligature
        "\xc2\xbd",
        "\xe2\x80\x9cquoted\xe2\x80\x9d",
        "na\xc3\xafve",
        "\xf0\x9f\x8e\x89\xf0\x9f\x8e\x89",
        "\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",  // final sigma
        "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80",
        "\xc4\xb0stanbul",
        "\xc5\xbf"
        "et",
        "e-mail",
        "it's"};
    if (below(12) == 0) return run();
    return std::string(kWords[below(kWords.size())]);
  }

  // Letters without a blank, longer than what the index keeps as one word.
  std::string run() {
    std::string text;
    for (unsigned left = 1 + below(below(2) == 0 ? 12 : 150); left > 0; --left)
      text += below(30) == 0 ? std::string("\xc3\xa9") : std::string(1, "abcdefgh01"[below(10)]);
    return text;
  }

  std::string words(unsigned most) {
    static constexpr std::array<std::string_view, 8> kBetween = {" ",  " ",    " ", "  ",
                                                                 ", ", "\r\n", ".", "-"};
    std::string text = word();
    for (unsigned left = below(most); left > 0; --left)
      text.append(kBetween[below(kBetween.size())]) += word();
    return text;
  }

  std::string message() {
    std::string text;
    text += "From: " + one_line(2) + " <" + run().substr(0, 10) + "@example.org>\r\n";
    text += "To: \"" + one_line(1) + "\" <bob@example.org>, team: carol@example.net;\r\n";
    if (below(2) == 0) text += "Cc: =?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <jm@example.net>\r\n";
    if (below(4) == 0) text += "Bcc: \"Hid\\den \\\"One\\\"\" <hidden@example.net>\r\n";
    text += "Subject: " + one_line(6) + "\r\n";
    text += "X-Note: " + one_line(3) + "\r\n " + one_line(3) + "\r\nMIME-Version: 1.0\r\n";
    switch (below(4)) {
      case 0:
        text += "Content-Type: text/html; charset=utf-8\r\n\r\n<p>" + words(12) + "<b>" + word() +
                "</b>" + word() + "&amp; &eacute;t&#233;" + words(12) + "</p>\r\n";
        break;
      case 1:
        text +=
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
            "Content-Type: text/plain; charset=iso-8859-1\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe aus der Stra=DFe "
            "zer=\r\nteilt\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: " +
            one_line(3) + "\r\n\r\n" + words(10) + "\r\n--b--\r\n";
        break;
      default:
        text += "Content-Type: text/plain; charset=utf-8\r\n\r\n" + words(40) + "\r\n";
    }
    return text;
  }

  // A part of a text, in the case it has or another one.
  std::string part_of(std::string_view text) {
    if (text.empty()) return "x";
    std::size_t begin = below(static_cast<unsigned>(text.size()));
    while (begin > 0 && is_inside(text[begin])) --begin;
    std::size_t end = begin;
    for (unsigned left = 1 + below(20); left > 0 && end < text.size(); --left)
      for (++end; end < text.size() && is_inside(text[end]);) ++end;
    std::string part(text.substr(begin, end - begin));
    const unsigned change = below(4);
    for (char& c : part) {
      if (change == 0 && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
      if (change == 1 && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
      if (c == '\0') c = ' ';
    }
    return part;
  }

 private:
  static bool is_inside(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }
  std::string one_line(unsigned most) {
    std::string line = words(most);
    for (char& c : line)
      if (c == '\r' || c == '\n' || c == ',' || c == '"' || c == '@') c = ' ';
    return line;
  }

  std::mt19937 random_;
};

// The messages of tests/samples, and of ../shared/corpus where it is there.
inline std::vector<std::string> sample_messages() {
  std::vector<std::string> messages;
  const std::filesystem::path source = RESTANTE_SOURCE_DIR;
  const char* const corpus = std::getenv("RESTANTE_CORPUS");
  for (const std::filesystem::path& path :
       {source / "tests/samples",
        corpus != nullptr ? std::filesystem::path(corpus) : source / "../shared/corpus"}) {
    std::error_code missing;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path, missing)) {
      if (!entry.is_regular_file() || entry.file_size() > 2'000'000) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      messages.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  return messages;
}

}  // namespace restante::testing
