#include "publisher/folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "proto/cli/cli.h"
#include "proto/types/words.h"
#include "proto/wire/files.h"
#include "publisher/planted.h"

namespace noroshi::publisher {
namespace {

namespace fs = std::filesystem;

// What is being written; one at a time, and what a crash leaves behind is written over.
constexpr std::string_view kDraft = ".writing";

constexpr Text kUnsynced{": ディスクに書き終えられません: ", ": cannot be synced: "};

[[noreturn]] void fail(const fs::path& path, Text what, int error) {
  throw cli::Failure(cli::kFailed, path.string() + say(what) + std::strerror(error) +
                                       say({"。ディスクの空きと所有者を確認してください",
                                            ": check the disk's free space, and who owns the folder"}));
}

struct Descriptor {
  explicit Descriptor(int opened) : fd(opened) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd;
};

void write_all(const fs::path& file, std::string_view text) {
  const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (out.fd < 0) fail(file, {": 作成できません: ", ": cannot be created: "}, errno);
  moment();
  while (!text.empty()) {
    const ssize_t n = ::write(out.fd, text.data(), text.size());
    if (n >= 0)
      text.remove_prefix(static_cast<std::size_t>(n));
    else if (errno != EINTR)
      fail(file, {": 書き込めません: ", ": cannot be written: "}, errno);
  }
  moment();
  if (::fsync(out.fd) != 0) fail(file, kUnsynced, errno);
}

}  // namespace

Folder::Folder(fs::path path) : path_(std::move(path)) {
  const bool made = ::mkdir(path_.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) fail(path_, {": フォルダーを作成できません: ", ": the folder cannot be made: "}, errno);
  if (!fs::is_directory(path_)) fail(path_, {": フォルダーではありません: ", ": is no folder: "}, ENOTDIR);
  // Its name, too, must outlast a power cut, and so must what lies in it: a run that was killed before its syncs may have put
  // it there, and this one sees it and goes on from it. A parent that we may not read was not ours to make it in.
  const fs::path above = path_.parent_path();
  if (const int error = wire::sync_folder(above); error != 0 && (made || error != EACCES))
    fail(above, kUnsynced, error);
  sync();
}

std::vector<Folder::File> Folder::files() const {
  std::error_code error;
  std::vector<File> out;
  for (fs::directory_iterator each(path_, error), end; !error && each != end; each.increment(error)) {
    File file{each->path().filename().string(), {}};
    struct stat info {};
    if (file.name.starts_with('.') || ::lstat(each->path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    file.changed = Micros{info.st_ctim.tv_sec * kMicrosPerSecond + info.st_ctim.tv_nsec / 1000};
    out.push_back(std::move(file));
  }
  if (error) fail(path_, {": 読めません: ", ": cannot be read: "}, error.value());
  std::sort(out.begin(), out.end(), [](const File& a, const File& b) { return a.name < b.name; });
  return out;
}

bool Folder::has(std::string_view name) const {
  struct stat info {};
  return ::lstat((path_ / name).c_str(), &info) == 0;
}

void Folder::write(std::string_view name, std::string_view text) {
  const fs::path draft = path_ / kDraft;
  moment();
  write_all(draft, text);
  moment();
  if (::rename(draft.c_str(), (path_ / name).c_str()) != 0)
    fail(path_ / name, {": 書き込めません: ", ": cannot be written: "}, errno);
  moment();
  sync();
  moment();
}

bool Folder::take(Folder& from, std::string_view name, std::string_view as) {
  moment();
  if (::rename((from / name).c_str(), (path_ / as).c_str()) != 0) {
    if (errno == ENOENT) return false;
    fail(from / name, {": 移動できません: ", ": cannot be moved: "}, errno);
  }
  moment();
  sync();  // here first: rather twice on the disk than not at all
  from.sync();
  moment();
  return true;
}

void Folder::remove(std::string_view name) {
  moment();
  if (::unlink((path_ / name).c_str()) != 0 && errno != ENOENT)
    fail(path_ / name, {": 削除できません: ", ": cannot be removed: "}, errno);
  sync();
  moment();
}

void Folder::sync() const {
  if (const int error = wire::sync_folder(path_)) fail(path_, kUnsynced, error);
}

}  // namespace noroshi::publisher
