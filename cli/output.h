// What every command writes through: data on stdout, everything else on stderr, three forms of data
// (aligned columns for a terminal, tab-separated fields without one, JSON Lines), and the terminal
// safety filter on each of them (docs/command-line.md). Owned by main, used from one thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.h"

namespace restante::cli {

using Json = nlohmann::ordered_json;

// One field of a table: what a person sees and what a program reads (such as "Tue" and RFC 3339).
struct Cell {
  Cell(std::string both) : shown(both), plain(std::move(both)) {}  // NOLINT: a cell is mostly text
  Cell(const char* both) : shown(both), plain(both) {}             // NOLINT
  Cell(std::string for_people, std::string for_programs)
      : shown(std::move(for_people)), plain(std::move(for_programs)) {}
  std::string shown;
  std::string plain;
};

struct Column {
  std::string heading;    // shown on a terminal only
  bool right = false;     // aligned to the right
  bool flexible = false;  // shortened first where the line is too long for the terminal
};

// Rows of equal length under their columns; cells hold foreign text as it is: printing filters it.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<Cell> cells, bool bold = false);
  bool empty() const { return rows_.empty(); }
  // The aligned form, width columns wide, each line with LF.
  std::string aligned(std::size_t width, bool colour) const;
  // One line a row, fields separated by TAB, no heading.
  std::string separated() const;

 private:
  struct Row {
    std::vector<Cell> cells;
    bool bold;
  };
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

class Output {
 public:
  // Looks at the three standard streams and at NO_COLOR, CLICOLOR_FORCE, TERM and COLUMNS.
  Output();
  ~Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void set_json(bool json) { json_ = json; }
  void set_quiet(bool quiet) { quiet_ = quiet; }
  bool json() const { return json_; }
  bool terminal() const { return terminal_; }              // stdout
  bool input_terminal() const { return input_terminal_; }  // stdin
  bool colour() const { return colour_; }
  std::size_t width() const { return width_; }  // columns of the terminal

  // Foreign or own text on stdout, filtered by safe_text; no LF is added.
  void text(std::string_view text);
  // The table in the form that suits stdout.
  void table(const Table& table);
  // One JSON object on one line, preceded by "v":1; strings may hold any octets (what is not UTF-8
  // becomes U+FFFD and adds "lossy":true).
  void record(const Json& object);
  // Success text such as "sent 413 to ops@example.org": one line on stdout, silent with --quiet.
  void done(std::string_view line);
  // Octets as they are: only for what the user asked for raw.
  void raw(std::string_view octets);

  // `restante: MESSAGE` and `hint: HINT` on stderr (with --json one object), filtered; returns the
  // exit code of the failure so that a command can `return output.fail(...)`.
  ExitCode fail(const Failure& failure);
  // One filtered line on stderr.
  void note(std::string_view line);

  // Writes out what is buffered; at the end of main. Io if stdout failed at any time; a reader that
  // went away (EPIPE) is no failure.
  ExitCode finish(ExitCode code);
  // True once nothing written can arrive any more: long commands stop.
  bool closed() const { return stdout_error_ != 0; }

 private:
  void put(std::string_view octets);
  void flush();

  std::string buffer_;
  std::size_t width_ = 80;
  int stdout_error_ = 0;
  bool json_ = false;
  bool quiet_ = false;
  bool terminal_ = false;
  bool input_terminal_ = false;
  bool colour_ = false;
};

// The text of one JSON line as record writes it, without LF: controls, DEL, C1 and bidi characters
// are \u escapes, so that it is safe on a terminal.
std::string json_line(const Json& object);

}  // namespace restante::cli
