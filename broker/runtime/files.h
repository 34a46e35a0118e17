// Small files, durable: what the data directory is made of besides the database. Main thread only.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace noroshi::runtime {

// Everything made while it lives is the owner's alone, whatever the caller's umask was. The umask is the process's:
// only while no other thread makes files.
class PrivateUmask {
 public:
  PrivateUmask();
  ~PrivateUmask();
  PrivateUmask(const PrivateUmask&) = delete;
  PrivateUmask& operator=(const PrivateUmask&) = delete;

 private:
  unsigned before_;
};

// Throws ConfigError: which file, what about it, and what to do.
[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what, const std::string& remedy);
// fail(), with errno's words, unless the change to it was done.
void well(const std::filesystem::path& file, bool done);

// Creates `file` (0600), writes and fsyncs it. Refuses one that exists. Throws ConfigError.
void write_new_file(const std::filesystem::path& file, std::string_view text);
// Makes the names in `folder` durable. Throws ConfigError.
void sync_folder(const std::filesystem::path& folder);
// The whole of a regular file of at most `limit` bytes. Throws ConfigError with "restore" as advice.
std::string read_whole(const std::filesystem::path& file, std::size_t limit);

}  // namespace noroshi::runtime
