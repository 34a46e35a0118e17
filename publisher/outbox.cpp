#include "publisher/outbox.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "proto/cli/cli.h"
#include "proto/types/limits.h"
#include "proto/types/words.h"
#include "publisher/planted.h"

namespace noroshi::publisher {
namespace {

constexpr std::string_view kSigned = ".signed";
constexpr std::size_t kStampSize = 23;
// A file of the greatest size that is read, of nothing but the smallest reports, each signed and in base64, stays below.
constexpr std::size_t kEntryBytes = 4096 * limits::MiB;

// 20260601T093000.123456Z: sorts like the time, and fits any file system.
std::string stamp_of(Micros time) {
  std::string text = cli::rfc3339(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::optional<Micros> time_of(std::string stamp) {
  if (stamp.size() != kStampSize) return std::nullopt;
  for (const std::size_t colon : {13U, 11U}) stamp.insert(colon, ":");
  for (const std::size_t dash : {6U, 4U}) stamp.insert(dash, "-");
  return cli::parse_time(stamp);
}

int locked(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / ".lock";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (error == EWOULDBLOCK)
    throw cli::Failure(
        cli::kFailed,
        folder.string() + say({": ほかの noroshi-publisher が使用中です。それが終わるのを待つか、別のフォルダーを"
                               "指定してください",
                               ": another noroshi-publisher works here: wait until it ends, or name another folder"}));
  throw cli::Failure(cli::kFailed, file.string() + say({": ロックできません: ", ": cannot be locked: "}) +
                                       std::strerror(error) +
                                       say({"。自分が書き込めるローカルのフォルダーを指定してください",
                                            ": name a folder on a local disk that you can write to"}));
}

}  // namespace

Outbox::Outbox(const std::filesystem::path& path) : folder_(path), lock_(locked(path)) {
  if (const auto all = entries(); !all.empty()) last_ = *time_of(all.back().stamp);
}

Outbox::~Outbox() { ::close(lock_); }

std::vector<Outbox::Entry> Outbox::entries() const {
  std::map<std::string, Entry> found;
  for (const Folder::File& file : folder_.files()) {
    const std::string stamp = file.name.substr(0, kStampSize);
    const std::string rest = file.name.substr(std::min(kStampSize, file.name.size()));
    if (!time_of(stamp) || (rest != kSigned && !rest.starts_with('-'))) continue;  // none of ours
    Entry& entry = found[stamp];
    entry.stamp = stamp;
    if (rest == kSigned)
      entry.is_signed = true;
    else
      entry.original = rest.substr(1);
  }
  std::vector<Entry> out;
  out.reserve(found.size());
  for (auto& [stamp, entry] : found) out.push_back(std::move(entry));
  if (planted(Bug::newest_first)) std::reverse(out.begin(), out.end());
  return out;
}

std::string Outbox::fresh_stamp(Micros now) {
  last_ = std::max(now, last_ + 1);  // whatever became of the clock
  return stamp_of(last_);
}

void Outbox::put(const std::string& stamp, const std::vector<Letter>& letters) {
  folder_.write(signed_name(stamp), to_lines(letters));
}

std::optional<std::vector<Letter>> Outbox::letters_if_whole(const std::string& stamp) const {
  return letters_in(cli::read_file(signed_file(stamp), kEntryBytes));
}

std::vector<Letter> Outbox::letters(const std::string& stamp) const {
  if (auto whole = letters_if_whole(stamp)) return std::move(*whole);
  throw cli::Failure(cli::kFailed, signed_file(stamp).string() +
                                       say({": 壊れています。バックアップから戻すか、別の場所に移してください",
                                            ": is damaged: restore it from a backup, or move it away"}));
}

void Outbox::remove(const std::string& stamp) { folder_.remove(signed_name(stamp)); }

std::string Outbox::signed_name(const std::string& stamp) { return stamp + std::string(kSigned); }

bool Outbox::take(Folder& spool, const std::string& name, const std::string& stamp) {
  return folder_.take(spool, name, file_of({stamp, name}));
}

void Outbox::give(const Entry& entry, Folder& to, const std::string& as) { to.take(folder_, file_of(entry), as); }

void Outbox::give_signed(const std::string& stamp, Folder& to) {
  to.take(folder_, signed_name(stamp), signed_name(stamp));
}

}  // namespace noroshi::publisher
