// Small files, made and changed so that a crash leaves the old one or the new one, and read without surprises. Every function
// says how it went as an errno (0: well); what to tell people is the caller's. Any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace noroshi::wire {

class Descriptor {
 public:
  explicit Descriptor(int number) : fd(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  const int fd;  // negative: it could not be opened, errno says why
};

// Something has this name, and be it a link that leads nowhere.
bool there(const std::filesystem::path& file);

int write_all(int fd, std::string_view bytes);  // and fsyncs
bool read_all(int fd, std::string& bytes);      // as many as it is long; false: there are fewer
// The names in `folder` are durable ("": the working directory).
int sync_folder(const std::filesystem::path& folder);
// Writes the file's bytes over themselves, and makes them and its name durable; 0 if there is none. What a program wrote that
// was killed before its fsync is seen by the next one, and may be nowhere but in memory; what an fsync failed for Linux takes
// for clean, and no later fsync writes it. Nobody else may write meanwhile.
int write_again(const std::filesystem::path& file);

// A file of this content (0600) in place of what has the name, all at once and durable.
int put_file(const std::filesystem::path& file, std::string_view bytes);
// Another content for a file that is there, all at once: same owner and mode, through symbolic links. Its folder must be
// writable. What was not completed is removed again.
int replace_file(const std::filesystem::path& file, std::string_view bytes);
// Overwrites, then removes; 0 if there is none. What the medium keeps beside (flash, snapshots, copies) it cannot reach.
int wipe_file(const std::filesystem::path& file);

}  // namespace noroshi::wire
