// What a server looks at and changes in the header of a message it takes (RFC 5321 s4.4, RFC 6409
// s6 and s8). One pass over the header; the body is moved only where the header changes its length.
// Pure: time and ids are given.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mail/smtp/address.h"
#include "mail/smtp/server.h"

namespace restante::delivery {

struct FieldRange {
  std::size_t begin;  // offset of the first octet of the name
  std::size_t end;    // behind the last CRLF, folding included
};

// What scan_header found; views are into the message.
struct HeaderFacts {
  bool well_formed = true;               // fields only, no other lines
  std::size_t end = 0;                   // offset of the empty line, or of the end of the message
  std::vector<std::string_view> from;    // field bodies, folded
  std::vector<std::string_view> sender;  // field bodies, folded
  std::vector<FieldRange> return_path;
  std::vector<FieldRange> bcc;
  std::size_t received = 0;
  bool has_date = false;
  bool has_message_id = false;
  std::string_view message_id;  // with < >, as it stands
};

// Reads the header of a message (RFC 5322 s2.2); lines that are no field are skipped and noted.
HeaderFacts scan_header(std::string_view message);

// The rules for both modes that need no look-up: number of Received fields (RFC 5321 s6.3) and, in
// Submission, a well-formed header with exactly one From and at most one Sender. nullopt: obeyed.
std::optional<smtp::Refusal> check_header(const HeaderFacts& facts, smtp::Mode mode);

// All addresses of From and Sender. nullopt: one of the fields is malformed.
std::optional<std::vector<smtp::Mailbox>> authors_of(const HeaderFacts& facts);

// Whether a message from a stranger names one of our domains in From. A From that cannot be read
// strictly is searched for the names themselves.
bool claims_local_author(const HeaderFacts& facts, std::span<const std::string> local_domains);

// Fields to add where they are missing; each complete with CRLF.
struct MissingFields {
  std::string date;
  std::string message_id;
};

// Rewrites the header of the message that begins at offset start of octets: removes Return-Path
// (RFC 5321 s4.4) and, where missing is given, Bcc, and puts the missing fields first (RFC 6409
// s8.1, s8.2). facts is of the same message; its views are void afterwards.
void rewrite_header(std::string& octets, std::size_t start, const HeaderFacts& facts,
                    const MissingFields* missing);

}  // namespace restante::delivery
