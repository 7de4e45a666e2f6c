// Feeds a parser and collects what it says, as the session would.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "mail/imap/parser.h"

namespace restante::imap {

// What came out of a stream, in order; pieces of a message joined, so that it does not depend on
// how the stream was cut.
struct Heard {
  std::vector<std::string> log;
  std::vector<Command> commands;
  std::vector<CommandError> errors;
  std::vector<AppendStart> appends;
  std::vector<AppendMessage> messages;
  std::string octets;  // of all messages of the last APPEND, '|' before each, <URL>s as such
};

inline void hear(Heard& heard, Parser& parser, ParserEvent event, bool accept) {
  if (std::holds_alternative<SendContinuation>(event)) heard.log.push_back("+");
  if (auto* command = std::get_if<Command>(&event)) {
    heard.log.push_back(command->tag + " " + command->name);
    if (std::holds_alternative<Idle>(command->body)) parser.expect_line();
    heard.commands.push_back(std::move(*command));
  }
  if (auto* start = std::get_if<AppendStart>(&event)) {
    heard.log.push_back(start->tag + " " + start->name);
    heard.appends.push_back(*start);
    heard.octets.clear();
  }
  if (auto* message = std::get_if<AppendMessage>(&event)) {
    heard.messages.push_back(*message);
    heard.octets += '|';
  }
  if (auto* url = std::get_if<AppendUrl>(&event)) heard.octets += "<" + url->url + ">";
  if (auto* literal = std::get_if<AppendLiteral>(&event)) {
    heard.log.push_back((literal->binary ? "~" : "") + std::to_string(literal->size) +
                        (literal->synchronizing ? "" : "+"));
    if (accept) {
      parser.accept_append();
    } else {
      parser.refuse_append();
    }
  }
  if (auto* piece = std::get_if<AppendPiece>(&event)) heard.octets += piece->octets;
  if (std::holds_alternative<AppendEnd>(event)) heard.log.push_back("end " + heard.octets);
  if (auto* line = std::get_if<Line>(&event))
    heard.log.push_back("line " + std::string(line->text));
  if (auto* error = std::get_if<CommandError>(&event)) {
    heard.log.push_back(error->tag + (error->no ? " NO " : " BAD ") + error->code + "|" +
                        error->text + (error->fatal ? " fatal" : ""));
    heard.errors.push_back(std::move(*error));
  }
}

inline Heard listen(std::string_view stream, std::size_t chunk = 1 << 20, bool accept = true,
                    const ParserLimits& limits = {}, bool utf8 = false) {
  Parser parser(limits);
  parser.set_utf8(utf8);
  Heard heard;
  while (!stream.empty()) {
    // A copy of its own, so that a view into old input is found by the sanitizer.
    const std::string piece(stream.substr(0, chunk));
    stream.remove_prefix(piece.size());
    parser.feed(piece);
    for (;;) {
      ParserEvent event = parser.next();
      if (std::holds_alternative<NeedInput>(event)) break;
      hear(heard, parser, std::move(event), accept);
    }
  }
  return heard;
}

// The only command in `a ` + text CRLF, or throws.
template <class T>
T parse(std::string_view text, bool utf8 = false) {
  Heard heard = listen("a " + std::string(text) + "\r\n", 1 << 20, true, {}, utf8);
  if (heard.commands.size() != 1)
    throw std::runtime_error(heard.log.empty() ? "nothing" : heard.log.back());
  return std::get<T>(std::move(heard.commands[0].body));
}

// "BAD |text" or "NO CODE|text" of the refusal of `a ` + text, or what was accepted.
inline std::string refusal(std::string_view text, bool utf8 = false) {
  const Heard heard = listen("a " + std::string(text) + "\r\n", 1 << 20, true, {}, utf8);
  if (heard.errors.size() != 1 || !heard.commands.empty()) return "accepted";
  return heard.log.back();
}

}  // namespace restante::imap
