// A file that is there whole or not at all: written under another name beside it, synced, renamed. A symbolic link stays one, and
// the file that it leads to is replaced; what is no regular file is not. Throws cli::Failure naming the file. One owner, one thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace noroshi::auditor {

class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& file);  // readable by this user alone
  ~NewFile();                                           // what was not put in place is removed
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(std::string_view bytes);
  void put_in_place();  // instead of what has that name; durable when it returns

 private:
  void flush();
  [[noreturn]] void fail(int error) const;

  std::filesystem::path file_;
  std::string draft_;
  std::string unwritten_;
  int fd_ = -1;
};

void write_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace noroshi::auditor
