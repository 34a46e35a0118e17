#include "broker/store/rebuild.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/store/row.h"
#include "broker/store/setup.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/types/words.h"
#include "proto/wire/files.h"

namespace noroshi::store {
namespace {

constexpr std::size_t kEntriesPerBatch = 1000;

void well(const fs::path& file, bool done) {
  if (!done)
    throw StorageError(file.string() + say({": 変更できません: ", ": cannot be changed: "}) + std::strerror(errno) +
                       say({"。ディスクの空き、所有者、属性を確認してください",
                            "; check the space on the disk, the owner and the mode"}));
}

bool there(const fs::path& file) {
  struct stat info {};
  return ::lstat(file.c_str(), &info) == 0;
}

void sync(const fs::path& file) {
  const wire::Descriptor open(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  well(file, open.fd >= 0 && ::fsync(open.fd) == 0);
}

void sync_folder(const fs::path& folder) {
  errno = wire::sync_folder(folder);
  well(folder, errno == 0);
}

fs::path beside(const fs::path& file, const std::string& suffix) { return file.string() + suffix; }

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
      end_ = rows_->head().value;
    } catch (const StorageError&) {  // what is left of it is still asked for
    }
  }
  std::uint64_t end() const { return end_; }
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
        bytes_ = read_segment(segments_[segment_++].file);
        pieces_ = Pieces(bytes_);
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

// New files beside the old ones, gone again unless they are put in their places.
struct Workshop {
  fs::path database;
  fs::path mirror;

  Workshop(const fs::path& old_database, const fs::path& old_mirror)
      : database(beside(old_database, ".rebuilt")), mirror(old_mirror / "rebuilt") {
    clear();
    ::mkdir(old_mirror.c_str(), 0700);
    well(mirror, ::mkdir(mirror.c_str(), 0700) == 0);
  }
  ~Workshop() { clear(); }
  void clear() {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) fs::remove(beside(database, suffix), ignored);
    fs::remove_all(mirror, ignored);
  }
};

[[noreturn]] void lost(const fs::path& database, std::uint64_t seq) {
  throw StorageError(
      database.string() + say({": 記録 ", ": entry "}) + std::to_string(seq) +
      say({" はデータベースでも写しでも壊れています。noroshi-broker restore でバックアップから戻してください",
           " is whole neither in the database nor in the mirror; go back to a backup with noroshi-broker "
           "restore"}));
}

// The signed head that what is rebuilt must agree with; none if the mirror has none left.
std::optional<tlog::Checkpoint> signed_head(const fs::path& mirror, const tlog::VerifierKey& key) {
  const auto newest = newest_record(mirror);
  if (!newest || newest->note.empty()) return std::nullopt;
  const auto opened = tlog::open_checkpoint(newest->note, key);
  if (!opened)
    throw StorageError(newest->segment.file.string() + ": " + tlog::describe(opened.problem()) +
                       say({"。このデータディレクトリの写しか、鍵を確認してください",
                            "; see whether this mirror and the keys belong together"}));
  return opened->checkpoint;
}

// Every entry from whichever side has it whole; of two that differ, the one under the signed head.
void merge(DatabaseSide& from_database, MirrorSide& from_mirror, const std::optional<tlog::Checkpoint>& head,
           const fs::path& database, SqliteLog& log, const ReportIdOf& id_of, Rebuilt& out, const Progress& progress) {
  const std::uint64_t least = std::max(from_database.end(), head ? head->size : 0);
  std::vector<NewEntry> batch;
  const auto flush = [&] {
    log.append(batch);
    batch.clear();
    if (progress) progress(log.head().value, least);
  };
  for (std::uint64_t seq = 1;; ++seq) {
    const auto a = from_database.at(seq);
    const auto b = from_mirror.at(seq);
    if (!a && !b) {
      if (seq <= least || from_mirror.has_more()) lost(database, seq);
      break;
    }
    if (!b) ++out.from_database;
    if (!a) ++out.from_mirror;
    const Entry& entry = b ? *b : *a;
    batch.push_back({entry, entry.kind == EntryKind::report ? id_of(entry) : ReportId{}});
    if (batch.size() == kEntriesPerBatch || (head && seq == head->size)) flush();
    if (head && seq == head->size && log.tree().root() != head->root)
      throw StorageError(
          database.string() +
          say({": 残っている記録が署名付きの見出しと違います。noroshi-broker restore "
               "でバックアップから戻してください",
               ": what is left is not what the signed head says; go back to a backup with noroshi-broker "
               "restore"}));
  }
  flush();
  out.entries = log.head().value;
}

void place_mirror(const fs::path& fresh, const fs::path& mirror) {
  for (const Segment& segment : segments_of(fresh))
    well(segment.file, ::rename(segment.file.c_str(), (mirror / segment.file.filename()).c_str()) == 0);
  sync_folder(mirror);
}

}  // namespace

std::uint64_t entries_of(const fs::path& database) { return DatabaseSide(database).end(); }

fs::path put_in_place(const fs::path& fresh, const fs::path& database, const std::string& time) {
  const fs::path aside = beside(database, ".damaged-" + time);
  sync(fresh);
  // Its write-ahead log goes first: it would be taken for the new database's.
  if (there(beside(database, "-wal")))
    well(database, ::rename(beside(database, "-wal").c_str(), beside(aside, "-wal").c_str()) == 0);
  ::unlink(beside(database, "-shm").c_str());
  if (there(database)) well(aside, ::link(database.c_str(), aside.c_str()) == 0);
  well(database, ::rename(fresh.c_str(), database.c_str()) == 0);
  sync_folder(fs::absolute(database).parent_path());
  return aside;
}

fs::path set_mirror_aside(const fs::path& mirror, const std::string& time) {
  const auto segments = segments_of(mirror);
  if (segments.empty()) return {};
  const fs::path aside = mirror / ("damaged-" + time);
  well(aside, ::mkdir(aside.c_str(), 0700) == 0);
  for (const Segment& segment : segments)
    well(segment.file, ::rename(segment.file.c_str(), (aside / segment.file.filename()).c_str()) == 0);
  sync_folder(aside);
  sync_folder(mirror);
  return aside;
}

Rebuilt rebuild(const fs::path& database, const fs::path& mirror, const Signer& signer, const ReportIdOf& id_of,
                const Facts& facts, const std::string& time, const Progress& progress) {
  const Findings before = check(database, mirror, signer.verifier(), id_of, progress);
  Rebuilt out;
  out.entries = before.entries;
  out.damages = before.damages;
  if (before.damages.empty()) return out;
  const auto head = signed_head(mirror, signer.verifier());
  const Workshop workshop(database, mirror);
  {
    DatabaseSide from_database(database);
    MirrorSide from_mirror(mirror);
    SqliteLog log(workshop.database);
    auto fresh = std::make_unique<Mirror>(workshop.mirror, signer);
    fresh->begin({}, {});  // an empty log has a head, too
    fresh->finish();
    log.keep(std::move(fresh));
    merge(from_database, from_mirror, head, database, log, id_of, out, progress);
    log.remember(facts);
  }
  for (const Damage& damage : check(workshop.database, workshop.mirror, signer.verifier(), id_of).damages)
    throw StorageError(damage.where + ": " + damage.what);
  if (before.damaged(Damage::Side::database)) out.set_aside.push_back(put_in_place(workshop.database, database, time));
  if (before.damaged(Damage::Side::mirror)) {
    if (const fs::path aside = set_mirror_aside(mirror, time); !aside.empty()) out.set_aside.push_back(aside);
    place_mirror(workshop.mirror, mirror);
  }
  return out;
}

}  // namespace noroshi::store
