// What commands have in common. See command.h.
#include "mail/imap/command.h"

#include <type_traits>

namespace restante::imap {

bool names_numbers(const Command& command) {
  const auto names = []<class Body>(const Body& body) {
    if constexpr (requires { body.search.uid; }) {  // SORT, THREAD
      return !body.search.uid || uses_sequence_numbers(body.search.program);
    } else if constexpr (requires { body.search.program; }) {  // ESEARCH
      return uses_sequence_numbers(body.search.program);
    } else if constexpr (std::is_same_v<Body, Search>) {
      return !body.uid || uses_sequence_numbers(body.program);
    } else if constexpr (requires { body.uid; }) {
      return !body.uid;
    } else if constexpr (std::is_same_v<Body, Select>) {
      return body.resync && !body.resync->match_numbers.ranges().empty();
    } else {
      return false;
    }
  };
  return std::visit(names, command.body);
}

}  // namespace restante::imap
