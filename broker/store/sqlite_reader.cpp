#include <algorithm>
#include <limits>

#include "broker/store/log_rules.h"
#include "broker/store/row.h"
#include "broker/store/schema.h"
#include "broker/store/setup.h"
#include "broker/store/sqlite_log.h"
#include "broker/store/tree_rows.h"

namespace noroshi::store {
namespace {

struct ReadConnection {
  Connection connection;
  explicit ReadConnection(const std::filesystem::path& file) : connection(file, Connection::Mode::read_only) {
    set_up_reader(connection);
    refuse_other_form(connection);
  }
};

std::int64_t signed_of(std::uint64_t value) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::int64_t>::max()));
}

class SqliteReader : public Reader {
 public:
  explicit SqliteReader(const std::filesystem::path& file)
      : own_(file),
        rows_(own_.connection),
        tree_(own_.connection, rows_),
        scan_(own_.connection, select_columns("WHERE seq >= ?1 ORDER BY seq LIMIT ?2").c_str()),
        // Forced onto the partial index, for which the query must repeat the index's own condition.
        by_kind_(own_.connection,
                 "SELECT seq FROM entries INDEXED BY entries_by_kind "
                 "WHERE kind = ?1 AND kind <> 1 AND seq >= ?2 ORDER BY seq LIMIT ?3"),
        last_by_kind_(own_.connection,
                      "SELECT max(seq) FROM entries INDEXED BY entries_by_kind WHERE kind = ?1 AND kind <> 1"),
        // Backwards from the end: nearly every entry is a report.
        last_report_(own_.connection, "SELECT seq FROM entries WHERE kind = 1 ORDER BY seq DESC LIMIT 1"),
        find_(own_.connection, "SELECT seq FROM report_ids WHERE id = ?1"),
        newest_(own_.connection, "SELECT max(id) FROM report_ids") {}

  ReadResult read(Seq from, const Filter& filter, Limit limit) override {
    Snapshot snapshot(own_.connection);
    return without_reports(filter) ? read_by_kind(from, filter, limit) : read_all(from, filter, limit);
  }

  Seq head() override { return rows_.head(); }

  std::optional<Entry> find(const ReportId& id) override {
    const auto octets = uuid_octets(id);
    if (!octets) return std::nullopt;
    Snapshot snapshot(own_.connection);
    Use row(find_);
    if (!row->bind(1, *octets).step()) return std::nullopt;
    return whole(Seq{static_cast<std::uint64_t>(row->number(0))}, EntryKind::report);
  }

  ReportId newest_report() override {
    Use row(newest_);
    return row->step() && !row->null(0) ? uuid_text(row->octets(0)) : ReportId{};
  }

  std::vector<Entry> columns(Seq from, std::size_t most) override {
    Snapshot snapshot(own_.connection);
    std::vector<Entry> out;
    Seq expected = next(previous(from));
    Use row(scan_);
    row->bind(1, signed_of(expected.value)).bind(2, signed_of(most));
    while (row->step()) {
      out.push_back(read_columns(scan_));
      if (out.back().seq != expected) own_.connection.damaged(expected, kMissing);
      expected = next(expected);
    }
    return out;
  }

  Seq seek(Micros at) override {
    Snapshot snapshot(own_.connection);
    // Invariant: everything before `low` is earlier than `at`, everything from `high` on is not.
    std::uint64_t low = 1;
    std::uint64_t high = rows_.head().value + 1;
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      if (rows_.columns(Seq{middle}).recorded_at < at)
        low = middle + 1;
      else
        high = middle;
    }
    return Seq{low};
  }

  std::optional<Entry> last(EntryKind kind) override {
    Snapshot snapshot(own_.connection);
    Use row(kind == EntryKind::report ? last_report_ : last_by_kind_);
    if (kind != EntryKind::report) row->bind(1, static_cast<std::int64_t>(kind));
    if (!row->step() || row->null(0)) return std::nullopt;
    return whole(Seq{static_cast<std::uint64_t>(row->number(0))}, kind);
  }

  std::optional<Hash> tree_hash(tlog::Node node) override {
    Snapshot snapshot(own_.connection);
    return tree_.read(node);
  }

  std::string name() const override { return own_.connection.file(); }

 private:
  Entry whole(Seq seq, EntryKind kind) {
    Entry entry = rows_.columns(seq);
    if (entry.kind != kind) own_.connection.damaged(seq, {"索引と種類が違います", "an index says another kind"});
    rows_.load_body(entry);
    return entry;
  }

  ReadResult read_all(Seq from, const Filter& filter, Limit limit) {
    ReadResult result{{}, previous(from)};
    ByteBudget budget(limit.bytes);
    Use row(scan_);
    row->bind(1, signed_of(next(result.upto).value)).bind(2, signed_of(limit.rows));
    while (row->step()) {
      Entry entry = read_columns(scan_);
      // A row that went missing must not look like one that does not match.
      if (entry.seq != next(result.upto)) own_.connection.damaged(next(result.upto), kMissing);
      if (wanted(filter, entry.kind, entry.lane)) {
        rows_.load_body(entry);
        if (!budget.take(entry.body.size())) return result;
        result.entries.push_back(std::move(entry));
      }
      result.upto = next(result.upto);
    }
    return result;
  }

  ReadResult read_by_kind(Seq from, const Filter& filter, Limit limit) {
    // One more than asked for, to know whether everything was seen.
    const std::int64_t rows = signed_of(std::min<std::uint64_t>(limit.rows, 1u << 20)) + 1;
    std::vector<std::pair<std::uint64_t, EntryKind>> found;
    for (const auto& [kind, name] : kEntryKinds) {
      if (!wanted(filter, kind, Lane::urgent)) continue;
      Use row(by_kind_);
      row->bind(1, static_cast<std::int64_t>(kind)).bind(2, signed_of(from.value)).bind(3, rows);
      while (row->step()) found.emplace_back(static_cast<std::uint64_t>(row->number(0)), kind);
    }
    std::sort(found.begin(), found.end());
    ReadResult result{{}, previous(from)};
    Seq seen = rows_.head();
    if (found.size() >= static_cast<std::size_t>(rows)) {
      seen = previous(Seq{found[static_cast<std::size_t>(rows) - 1].first});
      found.resize(static_cast<std::size_t>(rows) - 1);
    }
    ByteBudget budget(limit.bytes);
    for (const auto& [seq, kind] : found) {
      Entry entry = whole(Seq{seq}, kind);
      if (!budget.take(entry.body.size())) {
        seen = previous(entry.seq);
        break;
      }
      result.entries.push_back(std::move(entry));
    }
    result.upto = std::max(result.upto, seen);
    return result;
  }

  ReadConnection own_;
  Rows rows_;
  TreeRows tree_;
  Statement scan_;
  Statement by_kind_;
  Statement last_by_kind_;
  Statement last_report_;
  Statement find_;
  Statement newest_;
};

}  // namespace

std::unique_ptr<Reader> open_sqlite_reader(const std::filesystem::path& file) {
  refuse_if_missing(file);
  return std::make_unique<SqliteReader>(file);
}

Facts facts_of(const std::filesystem::path& file) {
  refuse_if_missing(file);
  ReadConnection own(file);
  if (own.connection.number("PRAGMA user_version") < kFactsVersion) return {};
  Facts facts;
  Statement row(own.connection, "SELECT name, value FROM facts");
  while (row.step()) facts.emplace(row.octets(0), row.octets(1));
  return facts;
}

}  // namespace noroshi::store
