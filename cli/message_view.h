// A whole message prepared for reading: headers, text and parts, decoded on this side. The texts it
// returns are foreign: Output filters them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/message_summary.h"
#include "mail/message/index.h"

namespace restante::cli {

// A leaf of the message's structure; numbers count from 1 in the order of the message.
struct ViewPart {
  std::uint32_t number = 0;
  std::size_t position = 0;  // in Index::parts
  std::string type;          // "text/plain"
  std::string file_name;     // without folders; empty: none
  std::uint64_t size = 0;    // octets as transferred
  bool is_text = false;
  bool attachment = false;  // has a file name or is meant as an attachment
};

class MessageView {
 public:
  MessageView(MessageSummary summary, std::string octets);

  std::uint64_t number() const { return summary_.number; }
  const std::string& octets() const { return octets_; }
  const message::Index& index() const { return index_; }
  const std::vector<ViewPart>& parts() const { return parts_; }
  const ViewPart* part(std::uint32_t number) const;  // nullptr: none
  std::string part_octets(const ViewPart& part) const;
  std::string part_text(const ViewPart& part) const;

  // From, To, Cc, Date, Subject, an empty line, the text, the list of attachments.
  std::string for_people() const;
  // The header as it is kept, unfolded and decoded, one field a line.
  std::string all_headers() const;
  // The documented keys of show (docs/command-line.md); with every header field where asked.
  Json json(bool headers) const;

 private:
  MessageSummary summary_;
  std::string octets_;
  message::Index index_;
  std::vector<ViewPart> parts_;
};

// "12 KiB".
std::string show_size(std::uint64_t octets);

// The last component of a foreign file name, so that it never names a folder.
std::string base_name(std::string_view foreign);

}  // namespace restante::cli
