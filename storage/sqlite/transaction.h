// A transaction and a savepoint in it; both are undone when destroyed unless finished. Used by the
// thread that uses the Connection.
#pragma once

#include "storage/sqlite/connection.h"

namespace restante::sqlite {

enum class TransactionKind { Read, Write };

class Transaction {
 public:
  // Read: a consistent view. Write: takes the write lock at once (BEGIN IMMEDIATE), or throws
  // Failure of kind Busy after the busy timeout.
  Transaction(Connection& connection, TransactionKind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Throws Failure where the changes could not be made durable; they are rolled back then.
  void commit();
  // False once SQLite has rolled the whole transaction back by itself (disk full, I/O error).
  bool active() const { return connection_.in_transaction(); }

 private:
  Connection& connection_;
};

// Nested in a Transaction.
class Savepoint {
 public:
  explicit Savepoint(Connection& connection);
  ~Savepoint();
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;

  void release();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace restante::sqlite
