// A folder of which every change is on the disk, whole or not at all, when the call returns. Names that begin with "." are
// its own. One process at a time changes one (Outbox sees to it); one thread. Throws cli::Failure (kFailed).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "proto/types/ids.h"

namespace noroshi::publisher {

class Folder {
 public:
  explicit Folder(std::filesystem::path path);  // makes it, for this user alone, if it is not there

  struct File {
    std::string name;
    Micros changed{};  // last written, put here or renamed
  };

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  std::vector<File> files() const;  // regular ones, by name; not its own
  bool has(std::string_view name) const;

  void write(std::string_view name, std::string_view text);  // replaces what has that name
  // Moves a file here. False: there is no such file (any more).
  bool take(Folder& from, std::string_view name, std::string_view as);
  void remove(std::string_view name);

 private:
  void sync() const;

  std::filesystem::path path_;
};

}  // namespace noroshi::publisher
