#include "broker/store/row.h"

#include <algorithm>

#include "broker/store/log_rules.h"
#include "proto/wire/signing.h"

namespace noroshi::store {
namespace {

template <class Enum, std::size_t N>
Enum value_of(const NameTable<Enum, N>& table, Statement& row, int column, Seq seq) {
  for (const auto& [value, name] : table)
    if (static_cast<std::int64_t>(value) == row.number(column)) return value;
  row.damaged(seq, {"種類かレーンが不明です", "of no kind or lane"});
}

template <std::size_t N>
void copy(Statement& row, int column, std::array<std::uint8_t, N>& into, Seq seq) {
  const std::string_view octets = row.octets(column);
  if (octets.size() != N) row.damaged(seq, {"列の長さが違います", "a column of the wrong length"});
  std::copy(octets.begin(), octets.end(), into.begin());
}

}  // namespace

std::int64_t check_of(std::string_view a, std::string_view b) {
  const Hash hash = wire::sha256(a, b);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | hash[i];
  return static_cast<std::int64_t>(value);
}

std::int64_t row_check(const Entry& entry) {
  const auto data = wire::leaf_data(entry.seq, entry.recorded_at, static_cast<std::uint8_t>(entry.kind), entry.leaf);
  const char lane = static_cast<char>(entry.lane);
  return check_of({reinterpret_cast<const char*>(data.data()), data.size()}, {&lane, 1});
}

std::string select_columns(std::string_view rest) {
  return "SELECT seq, recorded_at, kind, lane, row_check, salt, leaf FROM entries " + std::string(rest);
}

Entry read_columns(Statement& row) {
  Entry entry;
  entry.seq = Seq{static_cast<std::uint64_t>(row.number(0))};
  entry.recorded_at = Micros{row.number(1)};
  entry.kind = value_of(kEntryKinds, row, 2, entry.seq);
  entry.lane = value_of(kLanes, row, 3, entry.seq);
  copy(row, 5, entry.salt, entry.seq);
  copy(row, 6, entry.leaf, entry.seq);
  if (row_check(entry) != row.number(4))
    row.damaged(entry.seq, {"列が書き込んだものと違います", "its columns are not what was written"});
  return entry;
}

Rows::Rows(Connection& connection)
    : connection_(connection),
      columns_(connection, select_columns("WHERE seq = ?1").c_str()),
      body_(connection, "SELECT body FROM entries WHERE seq = ?1"),
      head_(connection, "SELECT max(seq) FROM entries") {}

Entry Rows::columns(Seq seq) {
  Use row(columns_);
  if (!row->bind(1, static_cast<std::int64_t>(seq.value)).step()) columns_.damaged(seq, kMissing);
  return read_columns(columns_);
}

void Rows::load_body(Entry& entry) {
  Use row(body_);
  if (!row->bind(1, static_cast<std::int64_t>(entry.seq.value)).step()) body_.damaged(entry.seq, kMissing);
  entry.body = row->octets(0);
  check_leaf(body_.file(), entry);
}

Seq Rows::head() {
  Use row(head_);
  return Seq{row->step() ? static_cast<std::uint64_t>(row->number(0)) : 0};
}

Seq Rows::last_whole() {
  Statement backwards(connection_, select_columns("WHERE seq > 0 ORDER BY seq DESC").c_str());
  while (backwards.step()) {
    try {
      return read_columns(backwards).seq;
    } catch (const StorageError&) {  // the one before it
    }
  }
  return {};
}

Seq Rows::proven_head() {
  const Seq whole = last_whole();
  if (whole == head()) return whole;
  // A row that no longer says which one it was still was one.
  const std::int64_t leaves =
      connection_.number("SELECT count(DISTINCT coalesce(leaf, seq)) FROM entries WHERE seq > 0");
  return std::max(whole, Seq{static_cast<std::uint64_t>(leaves)});
}

}  // namespace noroshi::store
