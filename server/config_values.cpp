// Sizes and durations with units. Declared in config.h.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "server/config.h"

namespace restante {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kSizeUnits = {Unit{"B", 1}, Unit{"KiB", 1ULL << 10}, Unit{"MiB", 1ULL << 20},
                                   Unit{"GiB", 1ULL << 30}, Unit{"TiB", 1ULL << 40}};
constexpr std::array kTimeUnits = {Unit{"s", 1}, Unit{"min", 60}, Unit{"h", 3600},
                                   Unit{"day", 86400}, Unit{"days", 86400}};

// NUMBER, spaces, UNIT; the result is at most max.
template <std::size_t Size>
std::optional<std::uint64_t> parse(std::string_view text, const std::array<Unit, Size>& units,
                                   std::uint64_t max) {
  std::uint64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit(end, static_cast<std::size_t>(last - end));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const Unit& known : units) {
    if (unit != known.name) continue;
    if (number > max / known.factor) return std::nullopt;
    return number * known.factor;
  }
  return std::nullopt;
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (const auto size = parse(text, kSizeUnits, kMax)) return *size;
  return fail(ErrorKind::Invalid,
              fmt::format("'{}' is not a size such as \"50 MiB\" (B, KiB, MiB, GiB, TiB)", text));
}

Result<std::chrono::seconds> parse_duration(std::string_view text) {
  constexpr std::uint64_t kMax = 100ULL * 365 * 86400;
  if (const auto seconds = parse(text, kTimeUnits, kMax)) return std::chrono::seconds(*seconds);
  return fail(ErrorKind::Invalid,
              fmt::format("'{}' is not a duration such as \"30 min\" (s, min, h, days)", text));
}

}  // namespace restante
