#include "subscriber/inbox_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "proto/wire/files.h"
#include "proto/wire/signing.h"
#include "subscriber/inbox_schema.h"

namespace noroshi::subscriber {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(cli::Exit code, const fs::path& file, cli::Text what, const std::string& why = {}) {
  throw cli::Failure(code, file.string() + ": " + say(what) + why);
}

constexpr cli::Text kUnsynced{"ディスクに書き終えられません。ディスクを確認してください: ",
                              "cannot be synced; check the disk: "};

// Not flock: whether somebody has this one can be asked without taking it.
struct flock whole(short type) {
  struct flock out {};
  out.l_type = type;
  out.l_whence = SEEK_SET;
  return out;
}

// What a run before this one had written and not made durable is seen from now on, and told to the broker. The write lock
// keeps the file still, whoever works beside us; and it stays, with its name, when this connection ends: when SQLite makes
// one, it does not look whether the sync of its name went well.
void make_durable(Database& database, const fs::path& file) {
  sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  Transaction nothing(database);
  const fs::path wal = file.string() + "-wal";
  if (const int failed = wire::write_again(wal)) fail(cli::kFailed, wal, kUnsynced, std::strerror(failed));
}

// True: it is new and empty.
bool check_kind(Database& database) {
  const std::int64_t id = database.number("PRAGMA application_id");
  const std::int64_t version = database.number("PRAGMA user_version");
  if (id == 0 && version == 0 && database.number("SELECT count(*) FROM sqlite_schema") == 0) return true;
  if (id != kInboxId)
    database.refuse({"狼煙の受信箱ではありません。--data に受信箱のディレクトリを指定してください",
                     "is not a Noroshi inbox: give --data the directory of one"});
  if (version > kInboxVersion)
    database.refuse({"より新しい版のプログラムが作った受信箱です。noroshi-subscriber を更新してください",
                     "was made by a newer version: update noroshi-subscriber"});
  return false;
}

void migrate(Database& database) {
  for (std::int64_t version = database.number("PRAGMA user_version"); version < kInboxVersion; ++version) {
    Transaction transaction(database);
    database.run(kInboxMigrations[static_cast<std::size_t>(version)]);
    database.run("PRAGMA application_id=" + std::to_string(kInboxId));
    database.run("PRAGMA user_version=" + std::to_string(version + 1));
    transaction.commit();
  }
}

}  // namespace

InboxFolder::Lock::~Lock() {
  if (fd >= 0) ::close(fd);
}

void InboxFolder::take(const wire::Credential& credential) {
  ::umask(0077);  // for good: everything that a daemon makes is its owner's alone
  make_private();
  lock();
  Database database(this->database(), Durable::at_once, Database::IfMissing::create);
  check_kind(database);
  if (database.text("PRAGMA quick_check(1)") != "ok") database.fail(SQLITE_CORRUPT, "quick_check");
  if (database.text("PRAGMA journal_mode=WAL") != "wal")
    database.refuse({"このファイルシステムでは先行書き込みログを使えません。ローカルのディスクに置いてください",
                     "the file system allows no write-ahead log: put the directory on a local disk"});
  make_durable(database, this->database());
  migrate(database);
  belongs_to(database, credential);
}

void InboxFolder::make_private() const {
  std::error_code error;
  fs::path whole = fs::absolute(path_, error).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();
  // In which a name is new, or was when a run was killed before this one.
  std::vector<fs::path> parents{whole.parent_path()};
  while (!fs::exists(parents.back(), error) && parents.back().has_relative_path())
    parents.push_back(parents.back().parent_path());
  fs::create_directories(path_, error);
  struct stat info {};
  if (error || ::stat(path_.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    fail(cli::kFailed, path_,
         {"ディレクトリを作れません。場所と権限を確認してください: ",
          "cannot be made a directory: check the path and its owner: "},
         error ? error.message() : std::strerror(errno));
  if ((info.st_mode & 077) != 0)
    fail(cli::kUsage, path_,
         {"他の利用者も読めるディレクトリです。次を実行してください: chmod 700 ",
          "others can read this directory; run: chmod 700 "},
         path_.string());
  for (const fs::path& parent : parents)
    if (const int failed = wire::sync_folder(parent);
        failed != 0 && failed != EACCES)  // one we may not read is not ours
      fail(cli::kFailed, parent, kUnsynced, std::strerror(failed));
}

void InboxFolder::lock() {
  auto lock = std::make_shared<Lock>();
  lock->fd = ::open(lock_file().c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  struct flock wanted = whole(F_WRLCK);
  if (lock->fd < 0 || ::fcntl(lock->fd, F_OFD_SETLK, &wanted) != 0) {
    if (lock->fd >= 0 && (errno == EAGAIN || errno == EACCES))
      fail(cli::kFailed, path_,
           {"別の noroshi-subscriber run がこのディレクトリを使っています。それを止めるか、別の --data "
            "を指定してください",
            "another noroshi-subscriber run has this directory: stop it, or give another --data"});
    fail(cli::kFailed, lock_file(),
         {"ロックできません。所有者と、ローカルのディスクかを確認してください: ",
          "cannot be locked: check its owner, and that the disk is a local one: "},
         std::strerror(errno));
  }
  lock_ = std::move(lock);
}

bool InboxFolder::taken_by_a_daemon() const {
  Lock look;
  look.fd = ::open(lock_file().c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  struct flock held = whole(F_WRLCK);
  return look.fd >= 0 && ::fcntl(look.fd, F_OFD_GETLK, &held) == 0 && held.l_type != F_UNLCK;
}

void InboxFolder::find() const {
  std::error_code error;
  if (!fs::exists(database(), error))
    fail(cli::kFailed, path_,
         {"受信箱がありません。noroshi-subscriber run --data に指定したディレクトリを指定してください",
          "holds no inbox: give the directory that noroshi-subscriber run --data was given"});
  Database database(this->database(), Durable::at_once);
  if (check_kind(database) || database.number("PRAGMA user_version") != kInboxVersion)
    database.refuse({"まだ使われていない受信箱です。先に noroshi-subscriber run を実行してください",
                     "has not been used by this version yet: start noroshi-subscriber run first"});
}

std::unique_ptr<Database> InboxFolder::open(Durable durable) const {
  return std::make_unique<Database>(database(), durable);
}

void InboxFolder::belongs_to(Database& database, const wire::Credential& credential) const {
  const std::array<std::pair<const char*, std::string>, 3> facts{{
      {"organization", credential.organization},
      {"broker", credential.broker},
      {"registrar",
       wire::to_hex({reinterpret_cast<const char*>(credential.registrar.data()), credential.registrar.size()})},
  }};
  Transaction transaction(database);
  for (const auto& [name, value] : facts) {
    Query(database, "INSERT OR IGNORE INTO facts VALUES(?, ?)").with(std::string_view(name), value).run();
    Query known(database, "SELECT value FROM facts WHERE name = ?");
    known.with(std::string_view(name)).next();
    if (known.text(0) != value)
      fail(cli::kUsage, path_,
           {"別の組織かブローカーの資格情報で作られた受信箱です。資格情報か --data を直してください: ",
            "was made for another organisation or broker: correct --credential or --data: "},
           std::string(name) + " = " + known.text(0) + " / " + value);
  }
  transaction.commit();
}

}  // namespace noroshi::subscriber
