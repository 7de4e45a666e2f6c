#include "server/session/services.h"

#include "server/session/pop3/maildrop.h"

namespace restante::session {

Services::Services(storage::Store& s, auth::Authenticator& a, const Settings& c, Log& l,
                   asio::thread_pool& w)
    : store(s),
      authenticator(a),
      settings(c),
      log(l),
      workers(w),
      maildrops(std::make_shared<MaildropLocks>()) {}

}  // namespace restante::session
