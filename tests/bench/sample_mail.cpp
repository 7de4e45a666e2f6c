#include "tests/bench/sample_mail.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

namespace restante::bench {
namespace {

constexpr std::size_t kWords = 20'000;
constexpr std::size_t kLineOctets = 70;
constexpr std::array<std::string_view, 12> kPeople{
    "Ada Byron", "Grace Murray", "Alan Mathison", "Edsger Wybe", "Barbara Jane", "Donald Ervin",
    "Radia Joy", "Tony Hoare",   "Frances Allen", "Ken Lane",    "Jean Bartik",  "Niklaus Emil"};

std::string address_of(std::uint64_t person) {
  std::string local(kPeople[person % kPeople.size()]);
  for (char& c : local) c = c == ' ' ? '.' : static_cast<char>(c | 0x20);
  return fmt::format("{} <{}{}@example.org>", kPeople[person % kPeople.size()], local,
                     person / kPeople.size());
}

}  // namespace

// splitmix64: small, and the same everywhere.
class SampleMail::Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  std::size_t below(std::size_t limit) { return next() % limit; }
  // Zipf's law: the word of rank r about 1/r as often as the first.
  std::size_t rank(std::size_t limit) {
    const double part = static_cast<double>(next() >> 11U) / 9007199254740992.0;
    const double rank = std::exp(part * std::log(static_cast<double>(limit)));
    return static_cast<std::size_t>(rank) - 1;
  }

 private:
  std::uint64_t state_;
};

SampleMail::SampleMail() {
  constexpr std::string_view kLetters = "eeeettaaooiinnsshhrrdlcumwfgypbvk";
  Dice dice(1);
  words_.reserve(kWords);
  for (std::size_t i = 0; i < kWords; ++i) {
    std::string word;
    const std::size_t length = 2 + (i < 200 ? dice.below(4) : dice.below(9));
    while (word.size() < length) word += kLetters[dice.below(kLetters.size())];
    words_.push_back(std::move(word));
  }
}

std::string SampleMail::sentence(Dice& dice) const {
  std::string text;
  for (std::size_t left = 4 + dice.below(12); left > 0; --left) {
    text += words_[dice.rank(words_.size())];
    text += left > 1 ? ' ' : '.';
  }
  text[0] = static_cast<char>(text[0] & ~0x20);
  return text;
}

std::string SampleMail::paragraphs(Dice& dice, std::size_t octets) const {
  std::string text;
  std::size_t column = 0;
  while (text.size() < octets) {
    const std::string next = sentence(dice) + ' ';
    for (const char c : next) {
      if (c == ' ' && column > kLineOctets) {
        text += "\r\n";
        column = 0;
      } else {
        text += c;
        ++column;
      }
    }
    if (dice.below(6) == 0) {
      text += "\r\n\r\n";
      column = 0;
    }
  }
  return text + "\r\n";
}

std::string SampleMail::message(std::uint64_t number, std::size_t size) const {
  Dice dice(number * 977 + 3);
  const std::uint64_t from = dice.below(200);
  const std::uint64_t to = dice.below(200);
  std::string subject = sentence(dice);
  subject.resize(std::min<std::size_t>(subject.size(), 60));
  if (number % 2'000 == 1'999) subject += fmt::format(" {}", kRareSubjectWord);
  const std::string date = fmt::format("{} {} 2025 {:02}:{:02}:{:02} +0200", 1 + number / 24 % 28,
                                       std::array{"Jan", "Feb", "Mar", "Apr"}[number / 672 % 4],
                                       number % 24, number % 60, number * 7 % 60);
  std::string mail = fmt::format(
      "Return-Path: <bounce-{0}@lists.example.org>\r\n"
      "Received: from relay{1}.example.org (relay{1}.example.org [192.0.2.{1}])\r\n"
      "\tby mx.example.org with ESMTPS id {0:x}af39 for <reader@example.org>;\r\n\t{2}\r\n"
      "From: {3}\r\nTo: {4}\r\n{5}Subject: {6}\r\nDate: {2}\r\n"
      "Message-ID: <{0}.{7:x}@example.org>\r\nMIME-Version: 1.0\r\n",
      number, 1 + number % 200, date, address_of(from), address_of(to),
      number % 5 == 0 ? "Cc: " + address_of(from + 1) + "\r\n" : "", subject, dice.next());
  if (number % 3 == 0)
    mail += fmt::format("In-Reply-To: <{}@example.org>\r\nReferences: <{}@example.org>\r\n",
                        number / 3, number / 3);
  std::string special;
  if (number % 5'000 == 4'999) special += fmt::format("A {} stands here.\r\n", kRareWord);
  if (number % 4 == 3) special += fmt::format("Our {} is today.\r\n", kCommonWord);
  if (number % 5 < 3) {
    mail += "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n";
    mail += special;
    return mail + paragraphs(dice, size > mail.size() ? size - mail.size() : 0);
  }
  const std::string mark = fmt::format("=-{:x}", dice.next());
  mail += fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", mark);
  const std::size_t half = size > mail.size() + 300 ? (size - mail.size() - 300) / 2 : 0;
  mail += fmt::format(
      "--{0}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{1}{2}\r\n"
      "--{0}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
      "<html><body><p>{3}</p></body></html>\r\n--{0}--\r\n",
      mark, special, paragraphs(dice, half), paragraphs(dice, half));
  return mail;
}

}  // namespace restante::bench
