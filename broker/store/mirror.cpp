#include "broker/store/mirror.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "proto/types/words.h"
#include "proto/wire/files.h"

namespace noroshi::store {
namespace {

constexpr std::string_view kSuffix = ".mirror";
constexpr std::size_t kDigits = 20;

[[noreturn]] void fail(const fs::path& file, int error) {
  throw StorageError(file.string() +
                     say({": ログの写しを読み書きできません: ", ": the log's mirror cannot be read or written: "}) +
                     std::strerror(error) +
                     say({"。ディスクの空きと故障、所有者と属性を確認してください",
                          "; check its disk, the space on it, and the owner and mode"}));
}

void well(const fs::path& file, int error) {
  if (error != 0) fail(file, error);
}

// Where the whole records of a segment end, and what else is in it.
struct SegmentEnd {
  std::optional<MirrorRecord> head;  // the last that is in its place
  std::size_t at = 0;                // where that ends
  bool misplaced = false;            // some are not
  std::vector<std::string> damages;
  std::vector<Unread> unread;  // behind the head
};

SegmentEnd end_of(const Segment& segment) {
  SegmentEnd out;
  const Bytes bytes = read_segment(segment.file);
  Pieces pieces(bytes, segment.first);
  while (auto piece = pieces.next()) {
    if (piece->kind == Piece::Kind::record) {
      out.head = std::move(piece->record);
      out.at = piece->end;
      out.unread.clear();
      continue;
    }
    const bool misplaced = piece->kind == Piece::Kind::misplaced;
    out.misplaced = out.misplaced || misplaced;
    out.unread.push_back(
        {segment.file, piece->end - piece->begin, piece->kind == Piece::Kind::torn, misplaced, piece->upto});
    out.damages.push_back(describe(segment, *piece));
  }
  return out;
}

}  // namespace

fs::path segment_file(const fs::path& folder, std::uint64_t first) {
  std::string digits = std::to_string(first);
  digits.insert(0, kDigits - std::min(kDigits, digits.size()), '0');
  return folder / (digits + std::string(kSuffix));
}

std::vector<Segment> segments_of(const fs::path& folder) {
  std::vector<Segment> out;
  std::error_code error;
  fs::directory_iterator at(folder, error);
  if (error == std::errc::no_such_file_or_directory) return out;
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::uint64_t first = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), first);
    if (bad == std::errc{} && segment_file(folder, first) == at->path()) out.push_back({at->path(), first});
  }
  if (error) fail(folder, error.value());
  std::sort(out.begin(), out.end(), [](const Segment& a, const Segment& b) { return a.first < b.first; });
  return out;
}

Bytes read_segment(const fs::path& file) {
  const wire::Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.fd < 0) fail(file, errno);
  const off_t size = ::lseek(in.fd, 0, SEEK_END);
  if (size < 0 || ::lseek(in.fd, 0, SEEK_SET) != 0) fail(file, errno);
  Bytes out(static_cast<std::size_t>(size), '\0');
  errno = EIO;
  if (!wire::read_all(in.fd, out)) fail(file, errno);
  return out;
}

std::string describe(const Segment& segment, const Piece& piece) {
  const std::string where =
      segment.file.string() + ": " + std::to_string(piece.begin) + "–" + std::to_string(piece.end);
  switch (piece.kind) {
    case Piece::Kind::torn:
      return where + say({": 書き込みの途中で終わった記録です", ": a record whose writing was interrupted"});
    case Piece::Kind::misplaced:
      return where + say({": その前の記録に続かない、あるはずのない場所の記録です",
                          ": a record out of its place: it does not go on from those before it"});
    default: return where + say({": 書き込んだものと違います", ": is not what was written"});
  }
}

std::optional<MirrorHead> newest_record(const fs::path& folder) {
  const auto segments = segments_of(folder);
  if (segments.empty()) return std::nullopt;
  MirrorHead head;
  // From the newest back: one that has just been begun has no record yet, and one with records out of their place may be
  // an older one under a newer name.
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    SegmentEnd end = end_of(*segment);
    head.damages.insert(head.damages.begin(), end.damages.begin(), end.damages.end());
    const bool further = end.head && (head.note.empty() || end.head->after() > head.size);
    if (further) {
      head.segment = *segment;
      head.end = end.at;
      head.size = end.head->after();
      head.note = end.head->checkpoint;
    }
    if (further || !end.head) head.unread.insert(head.unread.begin(), end.unread.begin(), end.unread.end());
    if (end.head && !end.misplaced) break;
  }
  // Of what is whole and was read elsewhere nothing is in doubt.
  std::erase_if(head.unread, [&](const Unread& piece) { return piece.whole && piece.upto <= head.size; });
  for (const Unread& piece : head.unread) (piece.torn ? head.torn : head.rotten_end) = true;
  return head;
}

Mirror::Mirror(fs::path folder, Signer signer, const fs::path& segment, std::size_t segment_bytes)
    : folder_(std::move(folder)), signer_(std::move(signer)), segment_bytes_(segment_bytes), file_(segment) {
  if (!file_.empty()) {
    fd_ = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd_ < 0) fail(file_, errno);
    written_ = static_cast<std::size_t>(::lseek(fd_, 0, SEEK_END));
  }
  thread_ = std::thread([this] { run(); });
}

Mirror::~Mirror() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (fd_ >= 0) ::close(fd_);
}

void Mirror::begin(std::span<const NewEntry> batch, const tlog::Frontier& after) {
  {
    const std::lock_guard lock(mutex_);
    batch_ = batch;
    after_ = after;
    busy_ = true;
  }
  changed_.notify_all();
}

void Mirror::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !busy_; });
}

void Mirror::finish() {
  wait();
  if (!error_.empty()) throw StorageError(error_);
}

void Mirror::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return busy_ || stopping_; });
    if (!busy_) return;
    lock.unlock();
    std::string error;
    try {
      write();
    } catch (const std::exception& failed) {
      error = failed.what();
    }
    lock.lock();
    // What is on the disk after a failure is unknown: the first one stays.
    if (error_.empty()) error_ = error;
    busy_ = false;
    changed_.notify_all();
  }
}

void Mirror::write() {
  if (!error_.empty()) return;
  const std::uint64_t before = after_.size() - batch_.size();
  if (fd_ < 0 || written_ >= segment_bytes_) open_next(before + 1);
  const Bytes record = encode_record(before, batch_, signer_.sign(after_));
  std::string_view rest = record;
  while (!rest.empty()) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno != EINTR) fail(file_, errno);
    if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fdatasync(fd_) != 0) fail(file_, errno);
  written_ += record.size();
}

void Mirror::open_next(std::uint64_t first) {
  const fs::path file = segment_file(folder_, first);
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) fail(file, errno);
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
  file_ = file;
  well(file, wire::write_all(fd, kSegmentLine));
  well(folder_, wire::sync_folder(folder_));
  written_ = kSegmentLine.size();
}

}  // namespace noroshi::store
