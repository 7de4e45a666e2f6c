// BEGIN, COMMIT, ROLLBACK and SAVEPOINT as cached statements.
#include "storage/sqlite/transaction.h"

namespace restante::sqlite {

Transaction::Transaction(Connection& connection, TransactionKind kind) : connection_(connection) {
  connection_.run(kind == TransactionKind::Write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  if (!connection_.in_transaction()) return;
  try {
    connection_.run("ROLLBACK");
  } catch (const Failure&) {
    // SQLite ends the transaction even where undoing reports an error.
  }
}

void Transaction::commit() {
  connection_.run("COMMIT");
}

Savepoint::Savepoint(Connection& connection) : connection_(connection) {
  connection_.run("SAVEPOINT job");
}

Savepoint::~Savepoint() {
  if (!open_ || !connection_.in_transaction()) return;
  try {
    connection_.run("ROLLBACK TO job");
    connection_.run("RELEASE job");
  } catch (const Failure&) {
    // The whole transaction is undone then: its owner finds it no longer active or fails at COMMIT.
  }
}

void Savepoint::release() {
  connection_.run("RELEASE job");
  open_ = false;
}

}  // namespace restante::sqlite
