#include "broker/store/reconcile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/store/log_rules.h"
#include "broker/store/planted.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/types/words.h"
#include "proto/wire/files.h"

namespace noroshi::store {
namespace {

constexpr std::size_t kEntriesPerBatch = 1000;

[[noreturn]] void refuse(const fs::path& where, const std::string& what) {
  throw StorageError(where.string() + ": " + what +
                     say({"。noroshi-broker check で調べ、noroshi-broker rebuild で作り直すか、noroshi-broker restore "
                          "でバックアップから戻してください",
                          "; look at it with noroshi-broker check, then make it anew with noroshi-broker rebuild, or "
                          "go back to a backup "
                          "with noroshi-broker restore"}));
}

std::string count(std::uint64_t entries) { return std::to_string(entries) + say({" 件", " entries"}); }

void well(const fs::path& file, int error) {
  if (error != 0)
    throw StorageError(file.string() + say({": 変更できません: ", ": cannot be changed: "}) + std::strerror(error) +
                       say({"。ディスク、所有者、属性を確認してください", "; check the disk, its owner and mode"}));
}

void make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0)
    well(folder, wire::sync_folder(fs::absolute(folder).parent_path()));
  else if (errno != EEXIST)
    well(folder, errno);
}

// The checkpoint that the mirror ends with. Refuses one that is another's.
tlog::Checkpoint opened(const MirrorHead& head, const fs::path& mirror, const tlog::VerifierKey& key) {
  if (head.note.empty()) refuse(mirror, say({"完全な記録がひとつもありません", "there is no whole record in it"}));
  const auto checkpoint = tlog::open_checkpoint(head.note, key);
  if (!checkpoint)
    refuse(head.segment.file,
           say({"署名付きの見出しがこのログのものではありません: ", "its signed head is not of this log: "}) +
               tlog::describe(checkpoint.problem()));
  if (checkpoint->checkpoint.size != head.size)
    refuse(head.segment.file,
           say({"署名付きの見出しと記録の数が違います", "its signed head is of another size than its records"}));
  return checkpoint->checkpoint;
}

void compare(const fs::path& where, const Hash& root, const tlog::Checkpoint& signed_head) {
  if (root != signed_head.root && !planted(Bug::root_not_compared))
    refuse(where, say({"先頭から ", "its first "}) + count(signed_head.size) +
                      say({" が、署名付きの見出しと違います", " are not those of the signed head"}));
}

// What rots at the end may be more than the database has: nothing tells, so somebody has to decide.
void refuse_rotten_end(const MirrorHead& head) {
  if (head.rotten_end)
    refuse(head.segment.file, head.damages.back() + say({"。失われた記録があるかもしれません",
                                                         ", and entries that nothing else has may have been in it"}));
}

// `log` with the entries that only the mirror has. Looked at whole before the first is written.
void complete_log(SqliteLog& log, const fs::path& mirror, const tlog::Checkpoint& head, const ReportIdOf& id_of) {
  tlog::Frontier tree = log.tree();
  const std::uint64_t from = tree.size();
  const auto missing = [&](const MirrorRecord& record, const auto& use) {
    for (const Entry& entry : record.entries)
      if (entry.seq > Seq{from} && entry.seq <= Seq{head.size}) use(entry);
  };
  for_each_record(mirror, from, [&](const MirrorRecord& record) {
    missing(record, [&](const Entry& entry) {
      if (entry.seq == Seq{tree.size() + 1}) tree.append(tlog::leaf_hash(entry));
    });
  });
  if (tree.size() != head.size)
    refuse(mirror, say({"記録 ", "entry "}) + std::to_string(tree.size() + 1) +
                       say({" は写しの中でも壊れています", " is damaged in the mirror, too"}));
  compare(mirror, tree.root(), head);
  std::vector<NewEntry> batch;
  const auto flush = [&] {
    log.copy(batch);
    batch.clear();
  };
  try {
    for_each_record(mirror, from, [&](const MirrorRecord& record) {
      missing(record, [&](const Entry& entry) {
        batch.push_back({entry, entry.kind == EntryKind::report ? id_of(entry) : ReportId{}});
        if (batch.size() == kEntriesPerBatch) flush();
      });
    });
    flush();
  } catch (const std::logic_error& error) {
    refuse(mirror, error.what());
  }
}

// The mirror with the entries that only the log has; every leaf is checked as it is read.
void complete_mirror(Mirror& mirror, SqliteLog& log, const fs::path& database, tlog::Frontier tree) {
  const auto reader = open_sqlite_reader(database);
  do {
    const ReadResult read = reader->read(Seq{tree.size() + 1}, {}, {kEntriesPerBatch});
    std::vector<NewEntry> batch;
    for (const Entry& entry : read.entries) {
      batch.push_back({entry, {}});
      tree.append(tlog::leaf_hash(entry));
    }
    if (tree.size() == log.tree().size() && tree.root() != log.tree().root())
      refuse(database, say({"記録がその木と違います", "its entries are not those of its tree"}));
    mirror.begin(batch, tree);
    mirror.finish();
  } while (tree.size() < log.tree().size());
}

// What follows the newest whole record goes: it was never acknowledged, or the log has it.
void cut(const MirrorHead& head, const fs::path& mirror) {
  for (const Segment& segment : segments_of(mirror))
    if (segment.first > head.segment.first) well(segment.file, ::unlink(segment.file.c_str()) == 0 ? 0 : errno);
  const wire::Descriptor file(::open(head.segment.file.c_str(), O_WRONLY | O_CLOEXEC));
  well(head.segment.file, file.fd < 0 ? errno : 0);
  well(head.segment.file, ::ftruncate(file.fd, static_cast<off_t>(head.end)) == 0 ? 0 : errno);
  well(head.segment.file, ::fsync(file.fd) == 0 ? 0 : errno);
  well(mirror, wire::sync_folder(mirror));
}

tlog::Frontier tree_of(Reader& log, std::uint64_t size) {
  auto tree = tlog::Frontier::restore(size, [&](tlog::Node node) { return log.tree_hash(node); });
  if (!tree) refuse(log.name(), tlog::describe(tree.problem()));
  return tree.take();
}

// A mirror whose very first write was interrupted is as good as none.
bool begun_only(const MirrorHead& head) { return head.note.empty() && head.torn && !head.rotten_end; }

}  // namespace

void for_each_record(const fs::path& mirror, std::uint64_t after, const std::function<void(const MirrorRecord&)>& use) {
  const auto segments = segments_of(mirror);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (i + 1 < segments.size() && segments[i + 1].first <= after + 1) continue;
    const Bytes bytes = read_segment(segments[i].file);
    Pieces pieces(bytes, segments[i].first);
    while (const auto piece = pieces.next())
      if (piece->kind == Piece::Kind::record) use(piece->record);
  }
}

void refuse_if_contradictory(Reader& log, const fs::path& mirror, const tlog::VerifierKey& key) {
  const auto newest = newest_record(mirror);
  if (!newest || begun_only(*newest)) return;
  const tlog::Checkpoint head = opened(*newest, mirror, key);
  const std::uint64_t entries = log.head().value;
  refuse_rotten_end(*newest);
  if (entries >= head.size) return compare(log.name(), tree_of(log, head.size).root(), head);
  tlog::Frontier tree = tree_of(log, entries);
  for_each_record(mirror, entries, [&](const MirrorRecord& record) {
    for (const Entry& entry : record.entries)
      if (entry.seq == Seq{tree.size() + 1} && tree.size() < head.size) tree.append(tlog::leaf_hash(entry));
  });
  compare(mirror, tree.root(), head);
}

Reconciled reconcile(SqliteLog& log, const fs::path& database, const fs::path& mirror, const Signer& signer,
                     const ReportIdOf& id_of) {
  Reconciled out;
  for (const fs::path& aside : log.set_aside())
    out.news.push_back(
        database.string() +
        say({": 途中で止まっていた restore か rebuild を完了しました。置き換えたものは残してあります: ",
             ": a restore or rebuild that was interrupted is complete now; what was replaced is kept: "}) +
        aside.string());
  make_folder(mirror);
  const auto newest = newest_record(mirror);
  if (!newest || begun_only(*newest)) {
    for (const Segment& segment : segments_of(mirror)) ::unlink(segment.file.c_str());
    out.mirror = std::make_unique<Mirror>(mirror, signer);
    complete_mirror(*out.mirror, log, database, {});
    if (log.head() != Seq{})
      out.news.push_back(mirror.string() +
                         say({": 写しがなかったので、データベースから作りました: ",
                              ": there was no mirror; it was written from the database: "}) +
                         count(log.head().value));
    return out;
  }
  const tlog::Checkpoint head = opened(*newest, mirror, signer.verifier());
  out.news.insert(out.news.end(), newest->damages.begin(), newest->damages.end());
  refuse_rotten_end(*newest);
  tlog::Frontier mirrored = log.tree();
  if (log.head().value < head.size) {
    const std::uint64_t before = log.head().value;
    complete_log(log, mirror, head, id_of);
    mirrored = log.tree();
    out.news.push_back(database.string() +
                       say({": データベースに欠けていたので、写しから戻しました: ",
                            ": was shorter than the signed head; taken back from the mirror: "}) +
                       count(head.size - before));
  } else if (log.head().value > head.size) {
    mirrored = tree_of(*open_sqlite_reader(database), head.size);
  }
  compare(database, mirrored.root(), head);
  cut(*newest, mirror);
  out.mirror = std::make_unique<Mirror>(mirror, signer, newest->segment.file);
  if (log.head().value > head.size) {
    complete_mirror(*out.mirror, log, database, mirrored);
    out.news.push_back(mirror.string() +
                       say({": 写しに欠けていたので、データベースから書き足しました: ",
                            ": was shorter than the database; completed from it: "}) +
                       count(log.head().value - head.size));
  }
  return out;
}

}  // namespace noroshi::store
