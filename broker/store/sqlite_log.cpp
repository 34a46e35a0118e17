#include "broker/store/sqlite_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "broker/store/log_rules.h"
#include "broker/store/mirror.h"
#include "broker/store/planted.h"
#include "broker/store/replacement.h"
#include "broker/store/row.h"
#include "broker/store/setup.h"
#include "broker/store/tree_rows.h"
#include "broker/store/witness.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/types/words.h"

namespace noroshi::store {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, Text what) {
  throw StorageError(file.string() + ": " + say(what) + ": " + std::strerror(errno) +
                     say({"。所有者、属性、ディスクを確認してください", "; check its owner and mode, and the disk"}));
}

// One writer per file, whoever starts a second one: an exclusive flock on "<file>.lock", gone with the process.
class WriterLock {
 public:
  explicit WriterLock(std::filesystem::path file) : fd_(-1) {
    file += ".lock";
    fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) fail(file, {"開けません", "cannot be opened"});
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
    const bool taken = errno == EWOULDBLOCK;
    ::close(fd_);
    if (taken)
      throw StorageError(file.string() + say({": 別のプログラムがこのログに書き込んでいます。先に止めてください",
                                              ": another program writes this log: stop it first"}));
    fail(file, {"ロックできません", "cannot be locked"});
  }
  ~WriterLock() { ::close(fd_); }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  int fd_;
};

// Makes the file with mode 0600; SQLite gives its WAL the same mode. Under O_EXCL nobody has it open, so closing it
// drops no lock of another connection, which is why the file is otherwise never opened but by SQLite.
void create_if_missing(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) return;
  if (fd < 0) fail(file, {"作成できません", "cannot be created"});
  ::close(fd);
  const auto parent = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const int dir = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = dir >= 0 && ::fsync(dir) == 0;
  if (dir >= 0) ::close(dir);
  if (!synced) fail(parent, {"ディスクに書き終えられません", "cannot be synced"});
}

Connection open_for_writing(const std::filesystem::path& file, IfMissing if_missing) {
  if (if_missing == IfMissing::create)
    create_if_missing(file);
  else
    refuse_if_missing(file);
  return Connection(file, Connection::Mode::read_write);
}

// A connection that is set up before anything is prepared on it.
struct Writer {
  Connection connection;
  Writer(const std::filesystem::path& file, IfMissing if_missing) : connection(open_for_writing(file, if_missing)) {
    set_up_writer(connection, if_missing);
  }
};

}  // namespace

struct SqliteLog::Impl {
  Impl(const std::filesystem::path& file, IfMissing if_missing)
      : lock(file),
        set_aside(finish_replacement(file)),
        writer(file, if_missing),
        rows(writer.connection),
        tree_rows(writer.connection, rows),
        begin(writer.connection, "BEGIN IMMEDIATE"),
        commit(writer.connection, "COMMIT"),
        insert(writer.connection,
               "INSERT INTO entries(seq, recorded_at, kind, lane, row_check, salt, leaf, body) "
               "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
        insert_id(writer.connection, "INSERT INTO report_ids(id, seq) VALUES(?1, ?2)"),
        copy_id(writer.connection, "INSERT INTO report_ids(id, seq) VALUES(?1, ?2) ON CONFLICT(id) DO NOTHING"),
        find_id(writer.connection, "SELECT seq FROM report_ids WHERE id = ?1") {
    compare_witnesses(writer.connection);
    const Seq last = rows.head();
    if (last == Seq{}) return;
    rows.columns(Seq{1});
    Entry newest = rows.columns(last);
    rows.load_body(newest);
    last_recorded = newest.recorded_at;
    head = last.value;
    tree = tree_rows.frontier(head);
  }

  // It has failed until all went well: after an error nobody knows what is on the disk.
  void begin_work() {
    if (failed)
      throw StorageError(writer.connection.file() +
                         say({": 前の書き込みに失敗したため、もう書き込みません。ブローカーを再起動してください",
                              ": the log failed before and takes nothing more: restart the broker"}));
    failed = true;
  }

  bool known(const ReportId& id) {
    const auto octets = uuid_octets(id);
    Use row(find_id);
    return octets && row->bind(1, *octets).step();
  }

  void write(const NewEntry& item, Statement& id_insert) {
    const Entry& e = item.entry;
    const auto seq = static_cast<std::int64_t>(e.seq.value);
    Use row(insert);
    row->bind(1, seq).bind(2, e.recorded_at.value).bind(3, static_cast<std::int64_t>(e.kind));
    row->bind(4, static_cast<std::int64_t>(e.lane)).bind(5, row_check(e)).bind(6, e.salt).bind(7, e.leaf);
    row->bind(8, std::string_view(e.body)).finish();
    if (e.kind != EntryKind::report) return;
    const auto id = uuid_octets(item.report).value();
    Use id_row(id_insert);
    id_row->bind(1, id).bind(2, seq).finish();
  }

  void commit_batch(std::span<const NewEntry> batch, std::span<const tlog::StoredHash> nodes, Statement& id_insert) {
    try {
      begin.finish();
      for (const NewEntry& item : batch) write(item, id_insert);
      tree_rows.write(nodes);
      commit.finish();  // one fsync
    } catch (...) {
      // After a failed COMMIT nobody knows what is on disk: the rollback only tidies up, a restart finds out.
      if (writer.connection.in_transaction())
        sqlite3_exec(writer.connection.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
  }

  // In the database and in the mirror, both at the same time; whichever fails.
  void make_durable(std::span<const NewEntry> batch, Statement& id_insert) {
    tlog::Frontier grown = tree;
    std::vector<tlog::StoredHash> nodes;
    for (const NewEntry& item : batch)
      for (const tlog::StoredHash& node : grown.append(tlog::leaf_hash(item.entry))) nodes.push_back(node);
    if (mirror) mirror->begin(batch, grown);
    try {
      commit_batch(batch, nodes, id_insert);
    } catch (...) {
      if (mirror) mirror->wait();  // it still reads the batch
      throw;
    }
    if (mirror && !planted(Bug::mirror_not_awaited)) mirror->finish();
    tree = std::move(grown);
  }

  // A batch for which `check` does not throw; `id_insert`: how the id of a report is put in.
  void take(std::span<const NewEntry> batch, const std::function<void()>& check, Statement& id_insert) {
    begin_work();
    try {
      check();
    } catch (const std::logic_error&) {
      failed = false;  // a broken precondition is no failure of the storage
      throw;
    }
    if (!batch.empty()) {
      make_durable(batch, id_insert);
      last_recorded = batch.back().entry.recorded_at;
      head = batch.back().entry.seq.value;
    }
    failed = false;
  }

  WriterLock lock;  // first in, last out
  std::vector<std::filesystem::path> set_aside;
  Writer writer;
  Rows rows;
  TreeRows tree_rows;
  Statement begin;
  Statement commit;
  Statement insert;
  Statement insert_id;
  Statement copy_id;
  Statement find_id;
  std::atomic<std::uint64_t> head{0};  // read by any thread
  Micros last_recorded{};
  tlog::Frontier tree;
  std::unique_ptr<Mirror> mirror;
  bool failed = false;
};

bool being_written(const std::filesystem::path& file) {
  const int fd = ::open((file.string() + ".lock").c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  const bool taken = ::flock(fd, LOCK_SH | LOCK_NB) != 0;
  ::close(fd);
  return taken;
}

SqliteLog::SqliteLog(const std::filesystem::path& file, IfMissing if_missing)
    : impl_(std::make_unique<Impl>(file, if_missing)) {}
SqliteLog::~SqliteLog() = default;

void SqliteLog::append(std::span<const NewEntry> batch) {
  const auto check = [&] {
    check_batch(batch, head(), impl_->last_recorded, [&](const ReportId& id) { return impl_->known(id); });
  };
  impl_->take(batch, check, impl_->insert_id);
}

void SqliteLog::copy(std::span<const NewEntry> batch) {
  impl_->take(
      batch, [&] { check_copied(batch, head(), impl_->last_recorded); }, impl_->copy_id);
}

void SqliteLog::rest() {
  if (impl_->failed) return;
  impl_->begin_work();
  move_wal(impl_->writer.connection);
  impl_->failed = false;
}

void SqliteLog::keep(std::unique_ptr<Mirror> mirror) { impl_->mirror = std::move(mirror); }

const std::vector<std::filesystem::path>& SqliteLog::set_aside() const { return impl_->set_aside; }

void SqliteLog::remember(const Facts& facts) {
  impl_->begin_work();
  Connection& connection = impl_->writer.connection;
  connection.run("BEGIN IMMEDIATE; DELETE FROM facts");
  {
    Statement insert(connection, "INSERT INTO facts(name, value) VALUES(CAST(?1 AS TEXT), CAST(?2 AS TEXT))");
    for (const auto& [name, value] : facts) insert.bind(1, name).bind(2, value).finish();
  }
  connection.run("COMMIT");
  impl_->failed = false;
}

Seq SqliteLog::head() { return Seq{impl_->head}; }

tlog::Frontier SqliteLog::tree() { return impl_->tree; }

}  // namespace noroshi::store
