// One command at a time works in a data directory in which no broker runs: an exclusive flock, gone with the process.
#pragma once

#include <filesystem>
#include <optional>

namespace noroshi::runtime {

class DirectoryLock {
 public:
  // Makes the file if need be. nullopt: another process has it. Throws ConfigError if it cannot be opened.
  static std::optional<DirectoryLock> try_lock(const std::filesystem::path& file);
  // For init: nullopt if the file is there already, whoever has it.
  static std::optional<DirectoryLock> create(const std::filesystem::path& file);

  DirectoryLock(DirectoryLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  static std::optional<DirectoryLock> open(const std::filesystem::path& file, int flags);
  int fd_;
};

}  // namespace noroshi::runtime
