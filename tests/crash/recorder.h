// Between the program and the kernel: the program's own open, write, fsync, rename, …, which the dynamic linker finds before
// libc's, for SQLite's library, too. What they change below one folder is carried out and recorded on a Disk. On demand a
// call fails, or the program is dead: from there on nothing that it does reaches a file. One thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "tests/crash/disk.h"

namespace noroshi::crash {

enum class Fault { none, eio, enospc, eintr, short_write };
inline constexpr Fault kFaults[] = {Fault::eio, Fault::enospc, Fault::eintr, Fault::short_write};
std::string_view name_of(Fault fault);

// Syncs that the program does not make: a store that leaves them out, as a double.
enum class Unsynced { none, files, folders };

class Recorder {
 public:
  // From here on. What lies in the folder is durable. One at a time.
  explicit Recorder(const std::filesystem::path& folder, Unsynced unsynced = Unsynced::none);
  ~Recorder();  // the folder is an ordinary one again
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  Disk& disk() { return disk_; }
  const std::filesystem::path& folder() const { return folder_; }

  // The program is killed before it makes so many more changes.
  void kill_after(std::size_t more) { killed_at_ = disk_.changes() + more; }
  bool dead() const { return disk_.changes() >= killed_at_; }
  void revive() { killed_at_ = kNever; }

  // The nth call from now on that reads or changes something fails, once.
  void fail(std::size_t nth, Fault fault);
  bool failed() const { return failed_; }

  // For the calls.
  enum class Call { other, write, read, sync };
  Fault next(Call call);  // what becomes of this one
  Unsynced unsynced() const { return unsynced_; }

 private:
  static constexpr std::size_t kNever = static_cast<std::size_t>(-1);
  std::filesystem::path folder_;
  Disk disk_;
  Unsynced unsynced_;
  std::size_t killed_at_ = kNever;
  std::size_t calls_left_ = 0;
  Fault fault_ = Fault::none;
  bool failed_ = false;
};

}  // namespace noroshi::crash
