// Parameters of Content-Type and Content-Disposition (RFC 2045 s5.1, RFC 2231). Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/message/index.h"

namespace restante::message {

// A structured field body: `value` or `value/subvalue` in lower case, then parameters.
struct ParameterizedValue {
  std::string value;
  std::string subvalue;  // after "/": empty where there is none
  std::vector<Parameter> parameters;
};

// Reads `text/plain; charset=utf-8` and the like, at most limit parameters; comments, missing
// quotes and stray semicolons are tolerated. Never fails; value is empty where nothing is usable.
ParameterizedValue parse_parameterized(std::string_view field_body, std::size_t limit = 1'000);

// The value of a parameter (name in lower case) as UTF-8: continuations and percent-encoding of RFC
// 2231 are resolved, and encoded-words, which should not be there, decoded. nullopt: absent. Of
// several the first counts; the extended form wins over the plain one.
std::optional<std::string> decoded_parameter(const std::vector<Parameter>& parameters,
                                             std::string_view name);

// The parameter as it is written, or nullopt.
std::optional<std::string_view> raw_parameter(const std::vector<Parameter>& parameters,
                                              std::string_view name);

// `name=value`, quoted where needed; a value that is not ASCII or longer than a line in the form of
// RFC 2231 (`name*0*=utf-8''...`), one element per piece of at most 76 octets; with utf8 quoted as
// it is. value must not hold CR, LF or NUL.
std::vector<std::string> encode_parameter(std::string_view name, std::string_view value,
                                          bool utf8 = false);

}  // namespace restante::message
