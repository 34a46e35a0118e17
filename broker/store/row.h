// A row of `entries` and the entry it is.
#pragma once

#include <string>
#include <string_view>

#include "broker/store/sqlite.h"

namespace noroshi::store {

// The first 8 octets of SHA-256(a || b): what is beside a column that no leaf covers.
std::int64_t check_of(std::string_view a, std::string_view b);

// check_of(leaf data, lane): every column but the body, which the leaf covers.
std::int64_t row_check(const Entry& entry);

// "SELECT <every column but body> FROM entries <rest>": what read_columns() reads. Scans go without bodies, so that a
// thousand large entries that nobody asked for are not read from the disk.
std::string select_columns(std::string_view rest);

// All but the body. Throws StorageError naming the sequence unless every column is what was written.
Entry read_columns(Statement& row);

inline constexpr Text kMissing{"記録がありません", "it is missing"};

// Reads entries one at a time. Part of a connection's owner; same thread.
class Rows {
 public:
  explicit Rows(Connection& connection);
  // The columns of `seq`; StorageError if there is no such row.
  Entry columns(Seq seq);
  // Puts the body in, and throws StorageError unless it is what the leaf says.
  void load_body(Entry& entry);
  Seq head();  // 0 if there are none; a bare number, which may have rotted
  // How many entries the database has had, as far as it proves it: its last row whose columns are whole says so, and as many
  // different leaves as there are, since each entry has a salt of its own. The number of a rotten row says nothing.
  Seq proven_head();

 private:
  Seq last_whole();

  Connection& connection_;
  Statement columns_;
  Statement body_;
  Statement head_;
};

}  // namespace noroshi::store
