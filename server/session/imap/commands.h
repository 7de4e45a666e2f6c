// One function per command: does it and writes the whole answer. They are called in states that
// permit the command only (imap_session.cpp).
#pragma once

#include <asio/awaitable.hpp>

#include "mail/imap/command.h"
#include "mail/imap/parser.h"
#include "server/session/imap_session.h"

namespace restante::session {

using Executing = asio::awaitable<void>;

// Any state (any_state.cpp).
Executing execute(ImapSession& session, const imap::Command& command, const imap::Capability& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Noop& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Logout& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Id& body);

// Before login (login.cpp).
Executing execute(ImapSession& session, const imap::Command& command, const imap::StartTls& body);
Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::Authenticate& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Login& body);

// Logged in (select.cpp, list.cpp, mailboxes.cpp, append.cpp, idle.cpp).
Executing execute(ImapSession& session, const imap::Command& command, const imap::Enable& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Compress& body);
Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::Unauthenticate& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Select& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Create& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Delete& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Rename& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Subscribe& body);
Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::Unsubscribe& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::List& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Lsub& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Namespace& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Status& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Idle& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Notify& body);

// Sharing (rights.cpp, quota.cpp, metadata.cpp).
Executing execute(ImapSession& session, const imap::Command& command, const imap::SetAcl& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::DeleteAcl& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::GetAcl& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::ListRights& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::MyRights& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::GetQuota& body);
Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::GetQuotaRoot& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::SetQuota& body);
Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::GetMetadata& body);
Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::SetMetadata& body);

// Selected (select.cpp, expunge.cpp, search.cpp, sort.cpp, thread.cpp, fetch.cpp, store.cpp,
// copy.cpp).
Executing execute(ImapSession& session, const imap::Command& command, const imap::Check& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Close& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Unselect& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Expunge& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Search& body);
Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::MultiSearch& body);  // multi_search.cpp; also without a mailbox
Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::CancelUpdate& body);  // search.cpp
Executing execute(ImapSession& session, const imap::Command& command, const imap::Sort& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Thread& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Fetch& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Store& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Copy& body);
Executing execute(ImapSession& session, const imap::Command& command, const imap::Move& body);

// APPEND, from the announcement of its literal on (append.cpp).
Executing execute_append(ImapSession& session, imap::AppendStart start);

}  // namespace restante::session
