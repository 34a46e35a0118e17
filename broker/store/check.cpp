#include "broker/store/check.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "broker/store/row.h"
#include "broker/store/schema.h"
#include "broker/store/setup.h"
#include "broker/store/tree_rows.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/types/words.h"

namespace noroshi::store {
namespace {

constexpr std::uint64_t kProgressEach = 1000;
constexpr std::uint64_t kSnapshotEntries = 1000;  // a writer's log cannot be shortened meanwhile
constexpr std::size_t kMostDamages = 1000;        // a list that nobody reads to its end
constexpr std::chrono::seconds kCommitTakes{5};   // the mirror may be ahead of a database whose commit is under way
constexpr std::chrono::milliseconds kPause{10};

class Check {
 public:
  Check(const fs::path& database, const fs::path& mirror, const tlog::VerifierKey& key, const ReportIdOf& id_of,
        const Progress& progress, Beside beside)
      : database_(database), mirror_(mirror), key_(key), id_of_(id_of), progress_(progress), beside_(beside) {}

  Findings all() {
    look(Damage::Side::mirror, mirror_.string(), [&] { find_head(); });
    look(Damage::Side::database, database_.string(), [&] { check_database(); });
    look(Damage::Side::mirror, mirror_.string(), [&] { check_mirror(); });
    return std::move(out_);
  }

  Findings copy(const std::string& checkpoint) {
    open_head(checkpoint, database_, Damage::Side::database);
    look(Damage::Side::database, database_.string(), [&] { check_database(); });
    return std::move(out_);
  }

 private:
  bool full() const { return out_.damages.size() > kMostDamages; }
  void tell(Damage::Side side, std::string where, std::string what) {
    if (out_.damages.size() == kMostDamages) what = say({"ほかにも損傷があります", "and there are more damages"});
    if (!full()) out_.damages.push_back({side, std::move(where), std::move(what)});
  }
  void look(Damage::Side side, const std::string& where, const std::function<void()>& at) {
    try {
      at();
    } catch (const std::exception& error) {
      tell(side, where, error.what());
    }
  }
  std::string entry(const fs::path& file, std::uint64_t seq) const {
    return file.string() + say({": 記録 ", ": entry "}) + std::to_string(seq);
  }
  void step() {
    ++done_;
    if (progress_ && (done_ % kProgressEach == 0 || done_ == all_)) progress_(done_, all_);
  }

  void find_head() {
    const auto newest = newest_record(mirror_);
    out_.mirrored = newest || beside_ == Beside::writer;
    if (!out_.mirrored) return;  // as a restore leaves it
    if (!newest || newest->note.empty())
      return tell(Damage::Side::mirror, mirror_.string(),
                  say({"完全な記録がひとつもありません", "there is no whole record in it"}));
    open_head(newest->note, newest->segment.file, Damage::Side::mirror);
  }

  void open_head(const std::string& note, const fs::path& where, Damage::Side side) {
    out_.checkpoint = note;
    const auto opened = tlog::open_checkpoint(note, key_);
    if (opened)
      head_ = opened->checkpoint;
    else
      tell(side, where.string(), tlog::describe(opened.problem()));
  }

  void check_database() {
    refuse_if_missing(database_);
    Connection connection(database_, Connection::Mode::read_only);
    set_up_reader(connection);
    look(Damage::Side::database, database_.string(), [&] { refuse_other_form(connection); });
    Rows rows(connection);
    settle(connection, rows);
    all_ = out_.entries + (head_ ? head_->size : 0);
    check_entries(connection, rows);
    if (head_ && head_->size == 0) compare_root({});
    if (head_ && out_.entries < head_->size)
      tell(Damage::Side::database, database_.string(),
           say({"署名付きの見出しより短い: ", "it is shorter than the signed head: "}) + std::to_string(out_.entries) +
               " < " + std::to_string(head_->size));
    check_structure(connection);
  }

  void check_entries(Connection& connection, Rows& rows) {
    TreeRows tree_rows(connection, rows);
    Statement find(connection, "SELECT seq FROM report_ids WHERE id = ?1");
    tlog::Frontier tree;
    bool whole = true;
    std::uint64_t indexed = 0;
    Snapshot snapshot(connection);
    Statement next_row(connection, "SELECT min(seq) FROM entries WHERE seq >= ?1");
    for (std::uint64_t seq = 1; seq <= out_.entries; ++seq, step()) {
      if (seq % kSnapshotEntries == 0) snapshot.renew();
      if (const std::uint64_t there = at_or_after(next_row, seq); there > seq) {
        tell_missing(seq, std::min(there - 1, out_.entries));
        whole = false;
        seq = std::min(there - 1, out_.entries);
        continue;
      }
      const auto before = out_.damages.size();
      look(Damage::Side::database, entry(database_, seq), [&] {
        Entry each = rows.columns(Seq{seq});
        for (const auto& [node, hash] : tree.append(tlog::leaf_hash(each)))
          if (node.level >= kStoredLevel && tree_rows.read(node) != hash)
            tell(Damage::Side::database, entry(database_, seq),
                 say({"木の節が記録と合いません", "its node in the tree is not that of the entries"}));
        rows.load_body(each);
        if (each.kind == EntryKind::report && check_id(rows, find, each)) ++indexed;
      });
      whole = whole && (out_.damages.size() == before || tree.size() == seq);
      if (!whole) tree = {};
      if (whole && head_ && tree.size() == head_->size) compare_root(tree);
    }
    if (whole) out_.root = tree.root();
    check_index(connection, rows, indexed);
  }

  // How long the database is, and what in it is no entry. What the signed head counts is in it, or about to be: it may grow
  // while a broker runs.
  void settle(Connection& connection, Rows& rows) {
    const auto give_up = std::chrono::steady_clock::now() + kCommitTakes;
    for (;; std::this_thread::sleep_for(kPause)) {
      const Snapshot snapshot(connection);  // what comes later is no stray
      out_.entries = rows.proven_head().value;
      const bool growing = head_ && out_.entries < head_->size && beside_ == Beside::writer;
      if (!growing || std::chrono::steady_clock::now() > give_up) return tell_strays(connection);
    }
  }

  // Rows beside those that a log of so many entries has.
  void tell_strays(Connection& connection) {
    const std::string end = std::to_string(out_.entries);
    tell_rows(connection, "SELECT seq FROM entries WHERE seq < 1 OR seq > " + end,
              {"どの記録でもない行: ", "a row that is no entry: "});
    tell_rows(connection, "SELECT hex(id) FROM report_ids WHERE seq < 1 OR seq > " + end,
              {"ない記録を指す報告の ID: ", "a report id of an entry that is not there: "});
    if (connection.number("PRAGMA user_version") < kTreeVersion) return;
    tell_rows(
        connection,
        "SELECT position FROM tree WHERE position < 0 OR position >= " + std::to_string(stored_nodes(out_.entries)),
        {"どの木の節でもない行: ", "a row that is no node of the tree: "});
  }

  void tell_rows(Connection& connection, const std::string& sql, Text what) {
    look(Damage::Side::database, database_.string(), [&] {
      Statement rows(connection, sql.c_str());
      while (!full() && rows.step())
        tell(Damage::Side::database, database_.string(), say(what) + std::string(rows.octets(0)));
    });
  }

  // The first row that there is from `seq` on; behind all of them if there is none.
  static std::uint64_t at_or_after(Statement& next_row, std::uint64_t seq) {
    Use row(next_row);
    const bool found = row->bind(1, static_cast<std::int64_t>(seq)).step() && !row->null(0);
    return found ? static_cast<std::uint64_t>(row->number(0)) : std::numeric_limits<std::uint64_t>::max();
  }

  void tell_missing(std::uint64_t first, std::uint64_t last) {
    tell(Damage::Side::database, entry(database_, first) + (first == last ? "" : "–" + std::to_string(last)),
         say(kMissing));
  }

  void compare_root(const tlog::Frontier& tree) {
    if (tree.root() != head_->root)
      tell(Damage::Side::database, database_.string(),
           say({"記録が署名付きの見出しと違います", "its entries are not those of the signed head"}));
  }

  // The index has the first of the entries with an id. That there is a second is no damage: it was signed.
  // Whether it is the one that its id finds.
  bool check_id(Rows& rows, Statement& find, const Entry& each) {
    const ReportId id = id_of_(each);
    const auto octets = uuid_octets(id);
    Use row(find);
    const std::uint64_t first = octets && row->bind(1, *octets).step() ? static_cast<std::uint64_t>(row->number(0)) : 0;
    if (first == each.seq.value) return true;
    if (first == 0 || first > each.seq.value || id_at(rows, first) != id)
      tell(Damage::Side::database, entry(database_, each.seq.value),
           say({"報告の ID の索引にありません", "the index of report ids does not have it"}));
    return false;
  }

  // Ids that no report has find a report, too; each is held against its report only if there are more than those `found`.
  void check_index(Connection& connection, Rows& rows, std::uint64_t found) {
    const std::string part = " FROM report_ids WHERE seq BETWEEN 1 AND " + std::to_string(out_.entries);
    if (connection.number(("SELECT count(*)" + part).c_str()) == static_cast<std::int64_t>(found)) return;
    Statement each(connection, ("SELECT id, seq" + part).c_str());
    while (!full() && each.step()) {
      const auto seq = static_cast<std::uint64_t>(each.number(1));
      const ReportId id = uuid_text(each.octets(0));
      try {
        if (id_at(rows, seq) != id)
          tell(Damage::Side::database, entry(database_, seq),
               say({"別の ID がこれを指しています: ", "an id that is not its own finds it: "}) + id.value);
      } catch (const StorageError&) {  // an entry that is not whole has been told
      }
    }
  }

  // Empty if it is no report.
  ReportId id_at(Rows& rows, std::uint64_t seq) {
    Entry at = rows.columns(Seq{seq});
    if (at.kind != EntryKind::report) return {};
    rows.load_body(at);
    return id_of_(at);
  }

  // Pages, indexes, what is in them twice or not at all.
  void check_structure(Connection& connection) {
    Statement check(connection, "PRAGMA integrity_check(100)");
    while (check.step())
      if (const std::string said(check.octets(0)); said != "ok") tell(Damage::Side::database, database_.string(), said);
  }

  void check_mirror() {
    if (!head_) return;
    tlog::Frontier tree;
    bool whole = true;
    for (const Segment& segment : segments_of(mirror_)) {
      const Bytes bytes = read_segment(segment.file);
      Pieces pieces(bytes, segment.first);
      while (const auto piece = pieces.next()) {
        if (piece->kind == Piece::Kind::torn) continue;  // nobody was told of it
        if (piece->kind != Piece::Kind::record)
          tell(Damage::Side::mirror, segment.file.string(), describe(segment, *piece));
        else if (piece->record.after() > head_->size)
          return;  // came later
        else
          whole = check_record(segment, *piece, tree, whole);
      }
    }
  }

  // Whether all records up to this one are whole.
  bool check_record(const Segment& segment, const Piece& piece, tlog::Frontier& tree, bool whole) {
    const std::string where =
        segment.file.string() + ": " + std::to_string(piece.begin) + "–" + std::to_string(piece.end);
    const auto head = tlog::open_checkpoint(piece.record.checkpoint, key_);
    if (!head || head->checkpoint.size != piece.record.after())
      tell(Damage::Side::mirror, where,
           head ? say({"署名付きの見出しと記録の数が違います", "its signed head is of another size than its records"})
                : tlog::describe(head.problem()));
    if (piece.record.before != tree.size()) {
      if (whole)
        tell(Damage::Side::mirror, where, say({"その前の記録がありません", "what comes before it is missing"}));
      whole = false;
    }
    for (const Entry& each : piece.record.entries) {
      if (whole) tree.append(tlog::leaf_hash(each));
      step();
    }
    if (whole && head && tree.root() != head->checkpoint.root)
      tell(Damage::Side::mirror, where,
           say({"記録が署名付きの見出しと違います", "its entries are not those of its signed head"}));
    return whole;
  }

  const fs::path database_;
  const fs::path mirror_;
  const tlog::VerifierKey& key_;
  const ReportIdOf& id_of_;
  const Progress& progress_;
  const Beside beside_;
  std::optional<tlog::Checkpoint> head_;
  std::uint64_t done_ = 0;
  std::uint64_t all_ = 0;
  Findings out_;
};

}  // namespace

bool Findings::damaged(Damage::Side side) const {
  return std::any_of(damages.begin(), damages.end(), [side](const Damage& each) { return each.side == side; });
}

Findings check(const fs::path& database, const fs::path& mirror, const tlog::VerifierKey& key, const ReportIdOf& id_of,
               const Progress& progress, Beside beside) {
  return Check(database, mirror, key, id_of, progress, beside).all();
}

Findings check_copy(const fs::path& database, const std::string& checkpoint, const tlog::VerifierKey& key,
                    const ReportIdOf& id_of, const Progress& progress) {
  return Check(database, {}, key, id_of, progress, Beside::nobody).copy(checkpoint);
}

}  // namespace noroshi::store
