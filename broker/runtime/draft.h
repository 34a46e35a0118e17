// The folder in which a backup is made before it has its name. One command at a time has it: an exclusive flock on the folder,
// gone with the process.
#pragma once

#include <filesystem>
#include <memory>

namespace noroshi::runtime {

namespace fs = std::filesystem;

class Draft {
 public:
  // Makes it; what an interrupted backup has left in it is removed. Throws ConfigError if another command has it, or if
  // it is anything else.
  explicit Draft(fs::path folder);
  ~Draft();  // what then has its name is removed: the draft, or what was in its place
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  const fs::path& folder() const { return folder_; }
  enum class Place { is_free, has_earlier };
  void put_in_place(const fs::path& place, Place what);  // durable when it returns

 private:
  class Lock;
  const fs::path folder_;
  std::unique_ptr<Lock> lock_;
  std::unique_ptr<Lock> earlier_;
};

}  // namespace noroshi::runtime
