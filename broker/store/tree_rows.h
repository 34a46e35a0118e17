// The inner nodes of the log's tree that are stored, and those that are not: of each complete subtree of sixteen leaves or
// more there is a row; smaller ones are made from the columns of the entries, which are read with them anyway.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "broker/store/row.h"
#include "proto/tlog/tree.h"

namespace noroshi::store {

inline constexpr int kStoredLevel = 4;  // the lowest that has rows: one row for sixteen entries

// Part of a connection's owner; same thread. Every hash is checked as it is read: StorageError if it is not what was written.
class TreeRows {
 public:
  // A log of a version without the table is answered from its entries.
  TreeRows(Connection& connection, Rows& rows);

  // nullopt: the log has no such subtree yet.
  std::optional<Hash> read(tlog::Node node);
  void write(std::span<const tlog::StoredHash> completed);  // those that have a row

  // The tree of the first `size` entries, which must be there.
  tlog::Frontier frontier(std::uint64_t size);

 private:
  Hash complete(tlog::Node node);

  Rows& rows_;
  std::unique_ptr<Statement> read_;
  std::unique_ptr<Statement> write_;  // both null without the table
};

// How many rows the tree of `size` entries has; their positions count from 0.
std::uint64_t stored_nodes(std::uint64_t size);

// For a log that had entries before it had a tree. Within the caller's transaction.
void build_tree(Connection& connection);

}  // namespace noroshi::store
