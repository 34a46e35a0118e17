// A folder that goes away with its test, and files in it.
#pragma once

#include <filesystem>
#include <string>

#include "broker/runtime/data_directory.h"

namespace noroshi::test {

class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

std::string contents(const std::filesystem::path& file);
std::string replaced(std::string text, const std::string& from,
                     const std::string& to);  // the first one; it must be there

// A directory as init makes it, with the matrix that is shipped.
runtime::DataDirectory make_data(const std::filesystem::path& root, const runtime::Config& config);
runtime::Config sample_config();

}  // namespace noroshi::test
