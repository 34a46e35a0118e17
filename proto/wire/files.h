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

int write_all(int fd, std::string_view bytes);  // and fsyncs
bool read_all(int fd, std::string& bytes);      // as many as it is long; false: there are fewer
// The names in `folder` are durable ("": the working directory).
int sync_folder(const std::filesystem::path& folder);

}  // namespace noroshi::wire
