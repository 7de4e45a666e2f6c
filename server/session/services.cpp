#include "server/session/services.h"

#include "server/session/permits.h"
#include "server/session/pop3/maildrop.h"

namespace restante::session {

// Each holds its octets in memory while it is indexed, compressed and written.
constexpr unsigned kLargeMessages = 2;

Services::Services(storage::Store& s, auth::Authenticator& a, const Settings& c, Log& l,
                   asio::thread_pool& w)
    : store(s),
      authenticator(a),
      settings(c),
      log(l),
      workers(w),
      maildrops(std::make_shared<MaildropLocks>()),
      large_messages(std::make_shared<Permits>(kLargeMessages)) {}

}  // namespace restante::session
