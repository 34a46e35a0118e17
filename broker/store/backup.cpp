#include <fcntl.h>
#include <unistd.h>

#include <memory>

#include "broker/store/setup.h"
#include "broker/store/sqlite_log.h"
#include "proto/types/words.h"

namespace noroshi::store {

void copy_database(const std::filesystem::path& from, const std::filesystem::path& to) {
  refuse_if_missing(from);
  const int fd = ::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    throw StorageError(to.string() + say({": 作成できません。場所と空きを確認してください",
                                          ": cannot be created; check the folder and the space on it"}));
  ::close(fd);
  Connection source(from, Connection::Mode::read_only);
  set_up_reader(source);
  Connection target(to, Connection::Mode::read_write);
  // All in one step: between two steps a running broker's commits would have it begin anew, for ever.
  sqlite3_backup* backup = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
  if (!backup) target.fail("backup");
  sqlite3_backup_step(backup, -1);
  if (sqlite3_backup_finish(backup) != SQLITE_OK) target.fail("backup");
  // One file, without a write-ahead log beside it; a broker makes it one again.
  target.run("PRAGMA journal_mode=DELETE");
}

}  // namespace noroshi::store
