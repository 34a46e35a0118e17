#include "auditor/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "proto/cli/cli.h"
#include "proto/wire/files.h"

namespace noroshi::auditor {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBuffer = 256 * 1024;

// The regular file that is to be replaced, or a name that is free.
fs::path target_of(const fs::path& file) {
  std::error_code error;
  const fs::file_status named = fs::symlink_status(file, error);
  if (named.type() == fs::file_type::not_found) return file;
  if (fs::status(file, error).type() != fs::file_type::regular)
    throw cli::Failure(cli::kUsage,
                       file.string() + say({": 通常のファイルではないので、置き換えません。ほかの名前にしてください",
                                            ": is no regular file and will not be replaced; choose another name"}));
  return fs::is_symlink(named) ? fs::canonical(file) : file;
}

}  // namespace

NewFile::NewFile(const std::filesystem::path& file) : file_(target_of(file)) {
  draft_ = (file_.parent_path() / ("." + file_.filename().string() + ".XXXXXX")).string();
  fd_ = ::mkostemp(draft_.data(), O_CLOEXEC);
  if (fd_ < 0) fail(errno);
}

NewFile::~NewFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(draft_.c_str());
}

void NewFile::fail(int error) const {
  throw cli::Failure(cli::kFailed, file_.string() + say({": 書き込めません: ", ": cannot be written: "}) +
                                       std::strerror(error) +
                                       say({"。フォルダーの有無、権限、ディスクの空きを確認してください",
                                            ": check that its folder exists and is yours, and the disk's free space"}));
}

void NewFile::write(std::string_view bytes) {
  unwritten_ += bytes;
  if (unwritten_.size() >= kBuffer) flush();
}

void NewFile::flush() {
  for (std::string_view rest = unwritten_; !rest.empty();) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n >= 0)
      rest.remove_prefix(static_cast<std::size_t>(n));
    else if (errno != EINTR)
      fail(errno);
  }
  unwritten_.clear();
}

void NewFile::put_in_place() {
  flush();
  if (::fsync(fd_) != 0 || ::rename(draft_.c_str(), file_.c_str()) != 0) fail(errno);
  ::close(std::exchange(fd_, -1));
  if (const int error = wire::sync_folder(file_.parent_path())) fail(error);
}

void write_file(const std::filesystem::path& file, std::string_view bytes) {
  NewFile out(file);
  out.write(bytes);
  out.put_in_place();
}

}  // namespace noroshi::auditor
