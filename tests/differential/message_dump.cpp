// Prints what mail/message makes of each file given, one JSON object a line, octets in base64.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "mail/message/address.h"
#include "mail/message/encoded_word.h"
#include "mail/message/header.h"
#include "mail/message/index.h"
#include "mail/message/parameter.h"
#include "mail/message/text.h"
#include "mail/message/transfer_encoding.h"

namespace {

using namespace restante::message;

std::string json(std::string_view utf8) {
  std::string out = "\"";
  for (const char c : utf8) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(c));
      out += buffer;
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

std::string base64(std::string_view octets) {
  return "\"" + encode_base64(octets, 0) + "\"";
}

std::string addresses(std::string_view octets, const Index& index, std::string_view field,
                      std::size_t message) {
  std::string out = "[";
  for (const std::string& body : field_bodies(octets, index, field, message)) {
    for (const EnvelopeAddress& address : parse_address_list(body)) {
      if (address.kind != EnvelopeAddress::Kind::Mailbox) continue;
      if (out.size() > 1) out += ",";
      out += "[" + base64(address.name) + "," + base64(addr_spec(address)) + "]";
    }
    break;  // of several fields the first counts
  }
  return out + "]";
}

std::string message_json(std::string_view octets, const Index& index, std::size_t number) {
  std::string out = "{\"fields\":[";
  bool first = true;
  for (const HeaderField& field : index.messages[number].fields) {
    const std::string body = unfold(field_body(octets, field));
    out += (first ? "[" : ",[") + base64(field_name(octets, field)) + "," + base64(body) + "," +
           json(decode_words(body)) + "]";
    first = false;
  }
  out += "]";
  for (const char* field : {"from", "to", "cc"}) {
    out += ",\"" + std::string(field) + "\":" + addresses(octets, index, field, number);
  }
  return out + "}";
}

std::string part_json(std::string_view octets, const Part& part) {
  std::string out = "{\"type\":" + json(part.type + "/" + part.subtype);
  out += ",\"parent\":" + (part.parent == kNone ? "null" : std::to_string(part.parent));
  out += ",\"message\":" + (part.message == kNone ? "null" : std::to_string(part.message));
  out += ",\"file_name\":" + json(part.file_name);
  const auto charset = decoded_parameter(part.parameters, "charset");
  out += ",\"charset\":" + json(charset.value_or(""));
  if (part.first_child == kNone) {
    out += ",\"body\":" + base64(decoded_body(octets, part));
    if (part.type == "text") out += ",\"text\":" + json(decoded_text(octets, part));
  }
  return out + "}";
}

void dump(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string octets{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const Index found = index(octets);
  std::string out = "{\"file\":" + json(path) + ",\"parts\":[";
  for (std::size_t i = 0; i < found.parts.size(); ++i) {
    out += (i == 0 ? "" : ",") + part_json(octets, found.parts[i]);
  }
  out += "],\"messages\":[";
  for (std::size_t i = 0; i < found.messages.size(); ++i) {
    out += (i == 0 ? "" : ",") + message_json(octets, found, i);
  }
  const std::string date =
      found.date ? std::to_string(found.date->time_since_epoch().count()) : "null";
  std::cout << out << "],\"date\":" << date << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) dump(argv[i]);
  return 0;
}
