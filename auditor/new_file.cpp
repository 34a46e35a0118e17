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
constexpr std::size_t kBuffer = 256 * 1024;
}

NewFile::NewFile(std::filesystem::path file) : file_(std::move(file)) {
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
