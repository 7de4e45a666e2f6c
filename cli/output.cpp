// Writes to the standard streams with write(2), so that every failure is seen.
#include "cli/output.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/safe_text.h"

namespace restante::cli {
namespace {

constexpr std::size_t kBuffer = 65536;

// All octets to the descriptor; the errno of the failure, 0 if none.
int write_all(int descriptor, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(descriptor, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool wants_colour(bool terminal) {
  if (is_set("NO_COLOR")) return false;
  if (is_set("CLICOLOR_FORCE")) return true;
  const char* term = std::getenv("TERM");
  if (term == nullptr || std::string_view(term) == "dumb") return false;
  return terminal;
}

std::size_t terminal_width() {
  if (const char* columns = std::getenv("COLUMNS")) {
    const long value = std::strtol(columns, nullptr, 10);
    if (value >= 20 && value <= 10000) return static_cast<std::size_t>(value);
  }
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
  return 80;
}

Json clean_strings(const Json& value, bool& lossy, int depth = 0) {
  if (value.is_string()) return valid_utf8(value.get_ref<const std::string&>(), lossy);
  if (depth > 8 || !value.is_structured()) return value;  // our objects are two levels deep
  Json cleaned = value;
  for (auto& item : cleaned) item = clean_strings(item, lossy, depth + 1);
  return cleaned;
}

// In JSON text all that is not ASCII stands inside strings, where \u is always allowed.
std::string escape_unsafe(const std::string& json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size();) {
    const auto lead = static_cast<unsigned char>(json[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    const std::string character = json.substr(i, length);
    i += length;
    if (lead == 0x7f || (lead >= 0x80 && safe_line(character) != character)) {
      const std::string ascii = nlohmann::json(character).dump(-1, ' ', true);
      out += lead == 0x7f ? "\\u007f" : ascii.substr(1, ascii.size() - 2);
    } else {
      out += character;
    }
  }
  return out;
}

}  // namespace

void Table::add(std::vector<Cell> cells, bool bold) {
  cells.resize(columns_.size(), Cell(""));
  rows_.push_back(Row{std::move(cells), bold});
}

std::string Table::aligned(std::size_t width, bool colour) const {
  std::vector<std::size_t> widths;
  widths.reserve(columns_.size());
  for (const Column& column : columns_) widths.push_back(display_width(column.heading));
  std::vector<std::vector<std::string>> safe;
  for (const Row& row : rows_) {
    auto& cells = safe.emplace_back();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      cells.push_back(safe_line(row.cells[i].shown));
      widths[i] = std::max(widths[i], display_width(cells[i]));
    }
  }
  std::size_t total = columns_.empty() ? 0 : 2 * (columns_.size() - 1);
  for (const std::size_t one : widths) total += one;
  for (std::size_t i = columns_.size(); i-- > 0 && total > width;) {
    if (!columns_[i].flexible) continue;
    const std::size_t cut =
        std::min(total - width, widths[i] - std::min(widths[i], std::size_t{8}));
    widths[i] -= cut;
    total -= cut;
  }
  std::string out;
  const auto line = [&](const auto& text_of) {
    std::string one;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string cell = fit_width(text_of(i), widths[i]);
      const std::string padding(widths[i] - std::min(widths[i], display_width(cell)), ' ');
      one += columns_[i].right ? padding + cell : cell + padding;
      if (i + 1 < columns_.size()) one += "  ";
    }
    one.erase(one.find_last_not_of(' ') + 1);
    return one;
  };
  out += line([&](std::size_t i) { return columns_[i].heading; }) + "\n";
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    const std::string one = line([&](std::size_t i) { return safe[r][i]; });
    out += rows_[r].bold && colour ? "\x1b[1m" + one + "\x1b[0m\n" : one + "\n";
  }
  return out;
}

std::string Table::separated() const {
  std::string out;
  for (const Row& row : rows_) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out += '\t';
      out += safe_field(row.cells[i].plain);
    }
    out += '\n';
  }
  return out;
}

Output::Output()
    : terminal_(::isatty(STDOUT_FILENO) == 1), input_terminal_(::isatty(STDIN_FILENO) == 1) {
  colour_ = wants_colour(terminal_);
  if (terminal_) width_ = terminal_width();
}

void Output::put(std::string_view octets) {
  if (stdout_error_ != 0) return;
  buffer_ += octets;
  if (buffer_.size() >= kBuffer) flush();
}

void Output::flush() {
  if (stdout_error_ == 0) stdout_error_ = write_all(STDOUT_FILENO, buffer_);
  buffer_.clear();
}

void Output::text(std::string_view text) {
  put(safe_text(text));
}

void Output::table(const Table& table) {
  if (!terminal_) {
    put(table.separated());
  } else if (!table.empty()) {
    put(table.aligned(width_, colour_));
  }
}

void Output::record(const Json& object) {
  put(json_line(object) + "\n");
  flush();
}

void Output::done(std::string_view line) {
  if (quiet_) return;
  put(safe_line(line) + "\n");
  flush();
}

void Output::raw(std::string_view octets) {
  put(octets);
}

ExitCode Output::fail(const Failure& failure) {
  flush();
  if (json_) {
    Json object;
    object["error"] = failure.message;
    object["exit"] = static_cast<int>(failure.code);
    if (!failure.hint.empty()) object["hint"] = failure.hint;
    write_all(STDERR_FILENO, json_line(object) + "\n");
    return failure.code;
  }
  std::string lines = "restante: " + safe_line(failure.message) + "\n";
  if (!failure.hint.empty()) lines += "hint: " + safe_line(failure.hint) + "\n";
  write_all(STDERR_FILENO, lines);
  return failure.code;
}

void Output::note(std::string_view line) {
  flush();
  write_all(STDERR_FILENO, safe_line(line) + "\n");
}

ExitCode Output::finish(ExitCode code) {
  flush();
  if (stdout_error_ == 0 || stdout_error_ == EPIPE) return code;
  const std::string why = std::strerror(stdout_error_);
  const Failure failure(ExitCode::Io, "cannot write standard output: " + why);
  fail(failure);
  return code == ExitCode::Done ? failure.code : code;
}

std::string json_line(const Json& object) {
  bool lossy = false;
  const Json cleaned = clean_strings(object, lossy);
  Json versioned;
  versioned["v"] = 1;
  versioned.update(cleaned);
  if (lossy) versioned["lossy"] = true;
  return escape_unsafe(versioned.dump());
}

}  // namespace restante::cli
