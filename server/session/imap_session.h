// One IMAP connection: reads commands, has them executed in order (server/session/imap/), writes
// the answers. Everything runs on the connection's I/O thread; reads of the store, writes, hashes
// and large messages are worked on elsewhere while the session waits.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mail/imap/parser.h"
#include "mail/imap/writer.h"
#include "server/session/imap/change_watch.h"
#include "server/session/imap/enabled.h"
#include "server/session/imap/mailbox_view.h"
#include "server/session/imap/notify_state.h"
#include "server/session/imap/progress.h"
#include "server/session/imap/search_contexts.h"
#include "server/session/services.h"

namespace restante::session {

// Whether EXPUNGE responses may be sent at this moment (RFC 9051 s7.5.1).
enum class Expunges { Withheld, Permitted };

class ImapSession {
 public:
  // account: whose the peer of a local socket is; it is logged in from the start.
  ImapSession(std::unique_ptr<net::Connection> connection, ImapDoor door,
              std::optional<storage::Account> account, Services& services);

  // Serves until the connection ends.
  asio::awaitable<void> run();

  // --- What commands use

  Services& services() { return services_; }
  storage::Store& store() { return services_.store; }
  net::Connection& connection() { return *connection_; }
  imap::Parser& parser() { return parser_; }
  std::string& out() { return out_; }

  bool logged_in() const { return account_.has_value(); }
  AccountId account_id() const { return account_->id; }
  bool ended() const { return ended_; }
  const Enabled& enabled() const { return enabled_; }
  void enable(Extension extension);

  std::vector<std::string> capabilities() const;
  std::string capability_code() const;
  void log_in(storage::Account account, std::string_view mechanism);
  // Ends the login; all that was enabled, selected and kept is forgotten (RFC 8437).
  void log_out();
  // Counts a failed login; too many end the session.
  void login_failed(std::string_view mechanism, std::string_view reason);
  // Counts a command that was refused before login; too many end the session.
  void count_bad();

  // The selected mailbox; null if there is none.
  MailboxView* view() { return view_ ? &*view_ : nullptr; }
  ChangeWatch& watch() { return *watch_; }
  // Says how far the present command is, now and then (RFC 9585): done messages were looked at.
  // Returns false once the session has ended.
  asio::awaitable<bool> tell_progress(std::uint64_t done);
  // Searches whose results are kept up to date; they end with the selection.
  SearchContexts& contexts() { return contexts_; }
  // rights: of the account in the mailbox (RFC 4314).
  void select(MailboxView view, storage::Rights rights) {
    view_.emplace(std::move(view));
    rights_ = rights;
  }
  storage::Rights rights() const { return rights_; }
  void unselect();

  // Sends what is in out(). Returns false once the session has ended.
  asio::awaitable<bool> flush();
  // The same where it is much; gives the client its idle time anew, for it takes what we send.
  asio::awaitable<bool> flush_if_large();
  // Sends out() and feeds the parser, waiting for the client. Returns false once the session ended.
  asio::awaitable<bool> fill();
  // Waits for the client or for a change (IDLE); nullopt: the session has ended.
  asio::awaitable<std::optional<net::WakeReason>> wait();
  // Feeds the parser. Returns false once the session has ended.
  asio::awaitable<bool> read_input();

  // Tells the client what happened to the selected mailbox. The store is asked where something was
  // changed. Returns false once the session has ended.
  asio::awaitable<bool> sync(Expunges expunges);
  // The same, and what NOTIFY asked for of other mailboxes (notify.cpp).
  asio::awaitable<bool> tell_events(Expunges expunges);
  // What NOTIFY asked for; null: it was not used.
  NotifyState* notify() { return notify_.get(); }
  void set_notify(std::unique_ptr<NotifyState> notify);
  // These messages of the selected mailbox were made by this session.
  void created_here(MailboxId mailbox, Uid first, Uid last);
  // Looks again which rights the account has in the selected mailbox of another, where they were
  // changed. Ends the session where it may not read it any more; false then.
  asio::awaitable<bool> check_rights();
  // The same of what the view knows already.
  asio::awaitable<bool> tell_changes(Expunges expunges);
  // Appends OK [HIGHESTMODSEQ] of what the client has been told of the selected mailbox.
  void tell_modseq(std::string_view text);
  // Ends the session where its account was removed; false then.
  asio::awaitable<bool> check_account();

  // The tagged answers; complete tells changes first.
  asio::awaitable<void> complete(const imap::Command& command, Expunges expunges,
                                 std::string code = {});
  // The same of a command that expunges: its OK names the modseq up to which all has been told (RFC
  // 7162 s3.2.7).
  asio::awaitable<void> complete_expunge(const imap::Command& command);
  void refuse(std::string_view tag, std::string_view code, std::string_view text);
  void refuse(std::string_view tag, const Error& error);
  void bad(std::string_view tag, std::string_view text);
  // Says BYE and ends the session.
  void bye(std::string_view text, std::string_view code = {});
  // Ends the session after a connection's operation failed, with BYE where it can still be read.
  void end_after(net::IoError error);
  // Ends the session without another octet: an answer was cut short.
  void abandon(std::string_view reason);

 private:
  asio::awaitable<void> serve();
  asio::awaitable<void> handle(imap::ParserEvent event);
  asio::awaitable<void> handle_command(imap::Command command);
  asio::awaitable<bool> read_changes();
  // search_contexts.cpp: what changes mean to contexts, and telling it once the changes were told.
  asio::awaitable<bool> update_contexts();
  // notify.cpp: waits for the client, telling events meanwhile.
  asio::awaitable<bool> wait_at_prompt();
  void note_own(const imap::Command& command);
  asio::awaitable<void> tell_new_messages(Uid last_told);
  asio::awaitable<void> tell_contexts();
  asio::awaitable<bool> tell_annotations();
  void greet();

  std::unique_ptr<net::Connection> connection_;
  Services& services_;
  ImapDoor door_;
  std::optional<storage::Account> account_;
  imap::Parser parser_;
  std::string out_;
  std::unique_ptr<ChangeWatch> watch_;
  std::optional<MailboxView> view_;
  SearchContexts contexts_;
  Progress progress_;
  std::unique_ptr<NotifyState> notify_;
  std::vector<storage::UidRange> created_;  // in the selected mailbox, since it was told of last
  bool changes_messages_ = false;           // the present command does
  storage::Rights rights_;                  // in the selected mailbox
  Enabled enabled_;
  unsigned bad_commands_ = 0;
  unsigned failed_logins_ = 0;
  std::uint64_t commands_ = 0;
  std::string_view end_reason_ = "closed";
  bool ended_ = false;
};

}  // namespace restante::session
