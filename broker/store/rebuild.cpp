#include "broker/store/rebuild.h"

#include "broker/store/replacement.h"
#include "broker/store/row.h"
#include "broker/store/setup.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/types/words.h"

namespace noroshi::store {
namespace {

constexpr std::size_t kEntriesPerBatch = 1000;

// What of the database can be read, by sequence.
class DatabaseSide {
 public:
  explicit DatabaseSide(const fs::path& file) {
    try {
      refuse_if_missing(file);
      connection_ = std::make_unique<Connection>(file, Connection::Mode::read_only);
      set_up_reader(*connection_);
      snapshot_ = std::make_unique<Snapshot>(*connection_);
      rows_ = std::make_unique<Rows>(*connection_);
      end_ = rows_->proven_head().value;
    } catch (const StorageError&) {  // what is left of it is still asked for
    }
  }
  bool readable() const { return rows_ != nullptr; }
  std::uint64_t end() const { return end_; }  // as far as it is proven
  std::optional<Entry> at(std::uint64_t seq) {
    if (!rows_) return std::nullopt;
    try {
      Entry entry = rows_->columns(Seq{seq});
      rows_->load_body(entry);
      return entry;
    } catch (const StorageError&) {
      return std::nullopt;
    }
  }

 private:
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Snapshot> snapshot_;
  std::unique_ptr<Rows> rows_;
  std::uint64_t end_ = 0;
};

// What of the mirror is whole, in ascending order.
class MirrorSide {
 public:
  explicit MirrorSide(const fs::path& folder) : segments_(segments_of(folder)) {}

  // Sequences must be asked for in order.
  std::optional<Entry> at(std::uint64_t seq) {
    while (next_ < entries_.size() || refill())
      if (entries_[next_].seq < Seq{seq})
        ++next_;
      else
        break;
    if (next_ == entries_.size() || entries_[next_].seq != Seq{seq}) return std::nullopt;
    return entries_[next_];
  }
  bool has_more() { return next_ < entries_.size() || refill(); }

 private:
  bool refill() {
    entries_.clear();
    next_ = 0;
    while (entries_.empty()) {
      if (const auto piece = pieces_.next()) {
        if (piece->kind != Piece::Kind::torn) entries_ = piece->record.entries;
      } else if (segment_ < segments_.size()) {
        const Segment& segment = segments_[segment_++];
        bytes_ = read_segment(segment.file);
        pieces_ = Pieces(bytes_, segment.first);
      } else {
        return false;
      }
    }
    return true;
  }

  std::vector<Segment> segments_;
  std::size_t segment_ = 0;
  Bytes bytes_;
  Pieces pieces_{bytes_};
  std::vector<Entry> entries_;
  std::size_t next_ = 0;
};

[[noreturn]] void lost(const fs::path& database, std::uint64_t seq) {
  throw StorageError(
      database.string() + say({": 記録 ", ": entry "}) + std::to_string(seq) +
      say({" はデータベースでも写しでも壊れています。noroshi-broker restore でバックアップから戻してください",
           " is whole neither in the database nor in the mirror; go back to a backup with noroshi-broker "
           "restore"}));
}

// The signed head that what is rebuilt must agree with; none if the mirror has none left.
std::optional<tlog::Checkpoint> signed_head(const std::optional<MirrorHead>& newest, const tlog::VerifierKey& key) {
  if (!newest || newest->note.empty()) return std::nullopt;
  const auto opened = tlog::open_checkpoint(newest->note, key);
  if (!opened)
    throw StorageError(newest->segment.file.string() + ": " + tlog::describe(opened.problem()) +
                       say({"。このデータディレクトリの写しか、鍵を確認してください",
                            "; see whether this mirror and the keys belong together"}));
  return opened->checkpoint;
}

// Every entry from whichever side has it whole, of two the one of the side `preferred`. False: that is not the log under
// the signed head.
bool merge(DatabaseSide& from_database, MirrorSide& from_mirror, Damage::Side preferred,
           const std::optional<tlog::Checkpoint>& head, const fs::path& database, SqliteLog& log,
           const ReportIdOf& id_of, Rebuilt& out, const Progress& progress) {
  out.from_database = out.from_mirror = 0;
  const std::uint64_t least = std::max(from_database.end(), head ? head->size : 0);
  std::vector<NewEntry> batch;
  const auto flush = [&] {
    log.copy(batch);
    batch.clear();
    if (progress) progress(log.head().value, least);
  };
  for (std::uint64_t seq = 1;; ++seq) {
    const auto a = from_database.at(seq);
    const auto b = from_mirror.at(seq);
    if (!a && !b) {
      const bool nothing_left = seq == 1 && !head && !from_database.readable();
      if (seq <= least || from_mirror.has_more() || nothing_left) lost(database, seq);
      break;
    }
    if (!b) ++out.from_database;
    if (!a) ++out.from_mirror;
    const Entry& entry = b && (!a || preferred == Damage::Side::mirror) ? *b : *a;
    batch.push_back({entry, entry.kind == EntryKind::report ? id_of(entry) : ReportId{}});
    if (batch.size() == kEntriesPerBatch || (head && seq == head->size)) flush();
    if (head && seq == head->size && log.tree().root() != head->root) return false;
  }
  flush();
  out.entries = log.head().value;
  return true;
}

[[noreturn]] void not_the_signed_log(const fs::path& database) {
  throw StorageError(database.string() +
                     say({": 残っている記録が署名付きの見出しと違います。noroshi-broker restore "
                          "でバックアップから戻してください",
                          ": what is left is not what the signed head says; go back to a backup with noroshi-broker "
                          "restore"}));
}

}  // namespace

std::vector<Damage> doubts(const MirrorHead& mirror, std::uint64_t entries, std::uint64_t in_database, bool whole) {
  std::vector<Damage> out;
  for (const Unread& piece : mirror.unread) {
    const bool has_it = piece.upto != 0 && entries >= piece.upto;
    const bool untold = whole && (piece.torn || (piece.upto == 0 && in_database > mirror.size));
    if (has_it || untold) continue;
    out.push_back(
        {Damage::Side::mirror, piece.file.string(),
         say({"最後の部分は完全な記録ではありません (", "its end is no whole record ("}) +
             std::to_string(piece.octets) +
             say({" オクテット)。失われたかもしれない記録: #", " octets); entries that may be lost: after #"}) +
             std::to_string(entries) + say({" より後", ""})});
  }
  return out;
}

std::uint64_t entries_of(const fs::path& database) { return DatabaseSide(database).end(); }

Rebuilt rebuild(const fs::path& database, const fs::path& mirror, const Signer& signer, const ReportIdOf& id_of,
                const Facts& facts, const std::string& time, const Progress& progress) {
  finish_replacement(database);
  const Findings before = check(database, mirror, signer.verifier(), id_of, progress);
  Rebuilt out;
  out.entries = before.entries;
  out.damages = before.damages;
  if (before.damages.empty()) return out;
  const auto newest = newest_record(mirror);
  const auto head = signed_head(newest, signer.verifier());
  const Replacement fresh(database, mirror);
  std::uint64_t in_database = 0;
  const auto made = [&](Damage::Side preferred) {
    fresh.clear();
    DatabaseSide from_database(database);
    in_database = from_database.end();
    MirrorSide from_mirror(mirror);
    SqliteLog log(fresh.database());
    auto mirroring = std::make_unique<Mirror>(fresh.mirror(), signer);
    mirroring->begin({}, {});  // an empty log has a head, too
    mirroring->finish();
    log.keep(std::move(mirroring));
    if (!merge(from_database, from_mirror, preferred, head, database, log, id_of, out, progress)) return false;
    log.remember(facts);
    return true;
  };
  // Two that are each whole in themselves may differ: then only the signed head tells which is the log.
  if (!made(Damage::Side::mirror) && !made(Damage::Side::database)) not_the_signed_log(database);
  for (const Damage& damage : check(fresh.database(), fresh.mirror(), signer.verifier(), id_of).damages)
    throw StorageError(damage.where + ": " + damage.what);
  if (newest) out.doubts = doubts(*newest, out.entries, in_database, !before.damaged(Damage::Side::database));
  out.set_aside = fresh.put_in_place(
      before.damaged(Damage::Side::database) ? Replacement::Database::replace : Replacement::Database::keep,
      before.damaged(Damage::Side::mirror) ? Replacement::Mirror::replace : Replacement::Mirror::keep, time);
  return out;
}

}  // namespace noroshi::store
