// The commented file of defaults. Declared in config.h.
#include "server/config.h"

namespace restante {

std::string default_config_text() {
  return R"(# restante.toml: the settings of a restante server. Accounts, aliases and mail are not here: they
# live in the database ("restante account add ADDRESS"). hostname and domains are required and are
# examples below, as are the two files of [tls]; everything else shows its default.
# Check with: restante config check FILE

hostname = "mail.example.org"         # this server's name in its greetings
domains = ["example.org"]             # mail for accounts at these domains is kept here
data-dir = "/var/lib/restante"        # restante.db lives here

[tls]
cert = "/etc/restante/fullchain.pem"  # PEM chain; reread when it changes
key = "/etc/restante/key.pem"         # its PEM key

[listen]                              # lists of "ADDRESS:PORT" or "unix:PATH"; [] is off
smtp = []                             # mail for our domains from other servers, no login (port 25)
submission = []                       # sending with STARTTLS (port 587)
submissions = ["[::]:465"]            # sending with TLS from the start
lmtp = []                             # not served by this version
imap = []                             # reading with STARTTLS (port 143)
imaps = ["[::]:993"]                  # reading with TLS from the start
pop3 = []                             # fetching with STLS (port 110)
pop3s = []                            # fetching with TLS from the start (port 995)
local = "unix:/run/restante"          # folder of submit.sock and imap.sock; "" is off

[auth]
plaintext = "tls"                     # "tls": passwords only under TLS
                                      # "loopback": also in clear text from this computer

[limits]
message-size = "50 MiB"
recipients = 100                      # of one message
quota = "10 GiB"                      # of an account when it is added; "0 B" is unlimited
connections-per-address = 50          # IPv6: of each /64
connections = 20000                   # in all
idle-timeout = "30 min"               # of a client that is logged in
login-timeout = "60 s"                # for the whole time before login

[log]
level = "info"                        # "debug", "info", "warning" or "error"
)";
}

}  // namespace restante
