#include "broker/runtime/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/runtime/data_directory.h"
#include "proto/types/words.h"
#include "proto/wire/files.h"

namespace noroshi::runtime {

void fail(const fs::path& file, const std::string& what, const std::string& remedy) {
  throw ConfigError(file.string() + ": " + what + say({"。", "; "}) + remedy);
}

void well(const fs::path& file, bool done) {
  if (!done)
    fail(
        file, say({"変更できません: ", "cannot be changed: "}) + std::strerror(errno),
        say({"ディスクの空き、所有者、属性を確認してください", "check the space on the disk, the owner and the mode"}));
}

PrivateUmask::PrivateUmask() : before_(::umask(0077)) {}
PrivateUmask::~PrivateUmask() { ::umask(before_); }

void write_new_file(const fs::path& file, std::string_view text) {
  const wire::Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (out.fd < 0)
    fail(file, say({"作成できません: ", "cannot be created: "}) + std::strerror(errno),
         say({"別の名前か場所にしてください", "choose another path or folder"}));
  const int error = wire::write_all(out.fd, text);
  if (error == 0) return;
  ::unlink(file.c_str());  // half a file is worse than none
  fail(file, say({"書き込めません: ", "cannot be written: "}) + std::strerror(error),
       say({"ディスクを確認してください", "check the disk"}));
}

void sync_folder(const fs::path& folder) {
  if (const int error = wire::sync_folder(folder))
    fail(folder, say({"ディスクに書き終えられません: ", "cannot be synced: "}) + std::strerror(error),
         say({"ディスクを確認してください", "check the disk"}));
}

std::string read_whole(const fs::path& file, std::size_t limit) {
  // Non-blocking: a FIFO put in its place must not hang us.
  const wire::Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (in.fd < 0)
    fail(file, say({"読めません: ", "cannot be read: "}) + std::strerror(errno),
         say({"復元するか、場所か所有者を直してください", "restore it, or correct its path or its owner"}));
  struct stat info {};
  if (::fstat(in.fd, &info) != 0 || !S_ISREG(info.st_mode))
    fail(file, say({"通常のファイルではありません", "is not a regular file"}),
         say({"ファイルを復元してください", "restore the file"}));
  if (info.st_size == 0)
    fail(file, say({"空です", "is empty"}), say({"バックアップから復元してください", "restore it from a backup"}));
  if (static_cast<std::size_t>(info.st_size) > limit)
    fail(file, say({"大きすぎます。上限 ", "is larger than "}) + std::to_string(limit) + say({" バイト", " bytes"}),
         say({"名前どおりの内容ではありません。復元してください", "it is not what its name says: restore it"}));
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  if (!wire::read_all(in.fd, text))
    fail(file, say({"最後まで読めません", "cannot be read to its end"}),
         say({"バックアップから復元してください", "restore it from a backup"}));
  return text;
}

}  // namespace noroshi::runtime
