// The capability words (RFC 9051 s7.2.2). A word is announced only when all of its RFC is there.
#include <array>
#include <iterator>

#include "server/session/imap_session.h"
#include "server/session/login.h"

namespace restante::session {
namespace {

// LITERAL- and LITERAL+ must not be announced together (RFC 7888 s5): the limits before login are
// those of the former.
constexpr std::array kAlways{"IMAP4rev1", "IMAP4rev2", "ENABLE", "ID", "SASL-IR"};

constexpr std::array kAfterLogin{
    "LITERAL+",            // RFC 7888
    "IDLE",                // RFC 2177
    "UIDPLUS",             // RFC 4315
    "UNSELECT",            // RFC 3691
    "MOVE",                // RFC 6851
    "NAMESPACE",           // RFC 2342
    "CHILDREN",            // RFC 3348
    "SPECIAL-USE",         // RFC 6154
    "CREATE-SPECIAL-USE",  // RFC 6154
    "LIST-EXTENDED",       // RFC 5258
    "LIST-STATUS",         // RFC 5819
    "STATUS=SIZE",         // RFC 8438
    "ACL",                 // RFC 4314
    "RIGHTS=kxte",         // RFC 4314
    "LIST-MYRIGHTS",       // RFC 8440
    "QUOTA",               // RFC 9208
    "QUOTA=RES-STORAGE",   // RFC 9208
    "QUOTA=RES-MESSAGE",   // RFC 9208
    "METADATA",            // RFC 5464
    "ESEARCH",             // RFC 4731
    "SEARCHRES",           // RFC 5182
    "WITHIN",              // RFC 5032
    "SEARCH=FUZZY",        // RFC 6203
    "PARTIAL",             // RFC 9394
    "MULTISEARCH",         // RFC 7377
    "CONTEXT=SEARCH",      // RFC 5267
    "CONTEXT=SORT",        // RFC 5267
    "INPROGRESS",          // RFC 9585
    "CONDSTORE",           // RFC 7162
    "QRESYNC",             // RFC 7162
    "UIDONLY",             // RFC 9586
    "UTF8=ACCEPT",         // RFC 6855
    "UNAUTHENTICATE",      // RFC 8437
    "OBJECTID",            // RFC 8474
    "MULTIAPPEND",         // RFC 3502
    "BINARY",              // RFC 3516
    "CATENATE",            // RFC 4469
    "PREVIEW",             // RFC 8970
    "SAVEDATE",            // RFC 8514
    "REPLACE",             // RFC 8508
    "SORT",                // RFC 5256
    "SORT=DISPLAY",        // RFC 5957
    "ESORT",               // RFC 5267
    "I18NLEVEL=1",         // RFC 5255
    "THREAD=ORDEREDSUBJECT",
    "THREAD=REFERENCES",  // RFC 5256
    "THREAD=REFS",        // draft-ietf-morg-inthread-01
};

}  // namespace

std::vector<std::string> ImapSession::capabilities() const {
  std::vector<std::string> names(kAlways.begin(), kAlways.end());
  if (logged_in()) {
    names.insert(names.end(), kAfterLogin.begin(), kAfterLogin.end());
    if (!connection_->is_compressed()) names.emplace_back("COMPRESS=DEFLATE");  // RFC 4978
    names.push_back("APPENDLIMIT=" +                                            // RFC 7889
                    std::to_string(services_.settings.limits.message_size_octets));
    return names;
  }
  names.emplace_back("LITERAL-");
  if (connection_->can_start_tls()) names.emplace_back("STARTTLS");
  if (!plaintext_allowed(*connection_, services_.settings)) names.emplace_back("LOGINDISABLED");
  for (const std::string& mechanism : mechanisms(*connection_, services_))
    names.push_back("AUTH=" + mechanism);
  return names;
}

}  // namespace restante::session
