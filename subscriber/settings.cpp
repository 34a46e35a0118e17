#include "subscriber/settings.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "proto/cli/cli.h"
#include "subscriber/settings_reader.h"
#include "subscriber/settings_sample.h"

namespace noroshi::subscriber {

namespace {

constexpr std::size_t kFileBytes = 1u << 20;  // a few KiB, generously

class Reader : public SettingsReader {
 public:
  using SettingsReader::SettingsReader;

  Settings read() {
    toml::table root;
    try {
      root = toml::parse(cli::read_file(name_, kFileBytes), name_);
    } catch (const toml::parse_error& error) {
      fail(error.source().begin.line, {"TOML として読めません: ", "is no valid TOML: "},
           std::string(error.description()));
    }
    if (root.empty())
      fail(1, {"中身がありません。バックアップから戻すか、削除して見本を作り直してください",
               "is empty: bring it back from a backup, or delete it and get a sample"});
    only(root, {"topics", "statuses", "lanes", "from", "retired", "sink"});
    Settings out;
    if (const auto* node = root.get("topics")) out.topics = texts(*node, "topics");
    if (const auto* node = root.get("statuses")) {
      out.statuses = texts(*node, "statuses");
      for (const std::string& each : out.statuses)
        if (!value_in(kStatuses, each)) wrong(*node, "statuses", "ACTUAL, EXERCISE, TEST");
    }
    if (const auto* node = root.get("lanes")) out.lanes = lanes(*node);
    out.from_start = from(root, out.from_start);
    if (const auto* node = root.get("retired")) out.retired = texts(*node, "retired");
    if (const auto* node = root.get("sink")) sinks(*node, out.sinks);
    return out;
  }

 private:
  std::vector<Lane> lanes(const toml::node& node) const {
    std::set<Lane> out;
    for (const std::string& each : texts(node, "lanes")) {
      const auto lane = value_in(kLanes, each);
      if (!lane) wrong(node, "lanes", "[\"urgent\", \"batched\"]");
      out.insert(*lane);
    }
    if (!out.contains(Lane::urgent))
      fail(node.source().begin.line,
           {"urgent は外せません。batched の報告の訂正・取消も urgent で届くことがあります: ",
            "urgent cannot be left out, as what corrects or withdraws a batched report may come on it; write: "},
           "lanes = [\"urgent\", \"batched\"]");
    return {out.begin(), out.end()};
  }

  void sinks(const toml::node& node, std::vector<SinkSettings>& out) const {
    const toml::array* array = node.as_array();
    if (!array || !array->is_homogeneous<toml::table>())
      fail(node.source().begin.line, {"[[sink]] と書いてください", "write [[sink]]"});
    for (const toml::node& each : *array) {
      out.push_back(read_sink(*this, *each.as_table()));
      const auto same = [&](const SinkSettings& other) { return other.name == out.back().name; };
      if (std::count_if(out.begin(), out.end(), same) > 1)
        fail(each.source().begin.line, {"同じ name の sink が2つあります: ", "two sinks have the same name: "},
             out.back().name);
    }
  }
};

}  // namespace

Settings load_settings(const std::filesystem::path& file) { return Reader(file.string()).read(); }

void write_sample_settings(const std::filesystem::path& file) {
  std::ofstream out(file);
  out << kSampleSettings;
  if (!out.flush())
    throw cli::Failure(cli::kFailed,
                       file.string() + say({": 書き込めません: ", ": cannot be written: "}) + std::strerror(errno));
}

}  // namespace noroshi::subscriber
