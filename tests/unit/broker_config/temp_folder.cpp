#include "tests/unit/broker_config/temp_folder.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace noroshi::test {

namespace fs = std::filesystem;

TempFolder::TempFolder() {
  std::string name = (fs::temp_directory_path() / "noroshi-config-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path TempFolder::write(const std::string& name, const std::string& text) const {
  std::filesystem::remove(path_ / name);  // truncating a file makes some file systems flush the disk
  std::ofstream(path_ / name, std::ios::binary) << text;
  return path_ / name;
}

std::string contents(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("not in the text: " + from);
  return text.replace(at, from.size(), to);
}

runtime::DataDirectory make_data(const fs::path& root, const runtime::Config& config) {
  const runtime::DataDirectory data{root};
  runtime::init_data_directory(data, config, NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  return data;
}

runtime::Config sample_config() {
  runtime::Config config;
  config.origin = "noroshi.example.jp";
  return config;
}

}  // namespace noroshi::test
