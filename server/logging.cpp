#include "server/logging.h"

#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cstdint>

namespace restante {
namespace {

constexpr std::size_t kValueOctets = 500;
constexpr std::size_t kQueuedLines = 8192;

// The length of the UTF-8 sequence at the start of text and its code point; 0 if it is none
// (RFC 3629 s4).
std::size_t decode(std::string_view text, std::uint32_t& point) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) {
    point = lead;
    return 1;
  }
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  point = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return 0;
    point = (point << 6) | (next & 0x3fU);
  }
  const bool too_long = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xd800 && point <= 0xdfff;
  return too_long || surrogate || point > 0x10ffff ? 0 : length;
}

// Characters that do not show or that move others: controls, bidi, line ends, tags, specials.
bool is_unsafe(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point <= 0xa0) || point == 0xad || point == 0x61c ||
         point == 0x180e || (point >= 0x200b && point <= 0x200f) ||
         (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) ||
         point == 0xfeff || (point >= 0xfff0 && point <= 0xfffb) || (point & 0xfffe) == 0xfffe ||
         (point >= 0xe0000 && point <= 0xe0fff);
}

bool is_plain(std::string_view value) {
  if (value.empty()) return false;
  for (const char c : value) {
    if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=') return false;
  }
  return true;
}

void append_escaped(std::string& out, std::string_view value) {
  while (!value.empty()) {
    std::uint32_t point = 0;
    const std::size_t length = decode(value, point);
    if (length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(value[0]));
    } else if (point == '"' || point == '\\') {
      out += '\\';
      out += value[0];
    } else if (is_unsafe(point)) {
      out += fmt::format("\\u{{{:x}}}", point);
    } else {
      out += value.substr(0, length);
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
}

spdlog::level::level_enum level_of(session::LogLevel level) {
  switch (level) {
    case session::LogLevel::Debug:
      return spdlog::level::debug;
    case session::LogLevel::Info:
      return spdlog::level::info;
    case session::LogLevel::Warning:
      return spdlog::level::warn;
    case session::LogLevel::Error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

class StderrLog final : public session::Log {
 public:
  explicit StderrLog(std::string_view level)
      : pool_(std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "restante", std::make_shared<spdlog::sinks::stderr_sink_mt>(), pool_,
            spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_level(spdlog::level::from_str(std::string(level)));
    logger_->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
  }
  // The thread pool writes what is queued before it ends; only then nobody uses the sink any more.
  ~StderrLog() override { pool_.reset(); }

  void write(session::LogLevel level, std::uint64_t session_id, std::string_view event,
             std::initializer_list<session::LogField> fields) override {
    const auto at = level_of(level);
    if (!logger_->should_log(at)) return;
    logger_->log(at, spdlog::string_view_t(log_line(session_id, event, fields)));
  }

 private:
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

}  // namespace

std::string log_value(std::string_view value) {
  const bool cut = value.size() > kValueOctets;
  const std::string_view shown = value.substr(0, kValueOctets);
  if (!cut && is_plain(shown)) return std::string(shown);
  std::string out = "\"";
  append_escaped(out, shown);
  out += '"';
  if (cut) out += fmt::format("+{}", value.size() - kValueOctets);
  return out;
}

std::string log_line(std::uint64_t session_id, std::string_view event,
                     std::initializer_list<session::LogField> fields) {
  std::string line;
  if (session_id != 0) line = fmt::format("session={} ", session_id);
  line += event;
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    line += log_value(field.value);
  }
  return line;
}

bool is_log_level(std::string_view name) {
  return name == "debug" || name == "info" || name == "warning" || name == "error";
}

std::unique_ptr<session::Log> make_log(std::string_view level) {
  return std::make_unique<StderrLog>(level);
}

}  // namespace restante
