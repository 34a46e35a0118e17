#include "subscriber/settings.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <set>

#include "proto/cli/cli.h"

namespace noroshi::subscriber {

namespace {

constexpr std::size_t kFileBytes = 1u << 20;  // a few KiB, generously
constexpr std::int64_t kMostSeconds = 3600;

constexpr std::string_view kSample = R"toml(# noroshi-subscriber run の設定 / Settings of noroshi-subscriber run
# 変更後は再起動してください / Restart it after a change

# 受け取る項目: "*" はすべて。"C"、"B.c"、"C.it-failure.sector" など
# What to receive: "*" is everything; or "C", "B.c", "C.it-failure.sector" and so on
# 増やした項目は、それ以後のものから受け取ります / What is added later is received from then on
topics = ["*"]

# 本番・訓練・試験の別 / Live, exercise or test: "ACTUAL" "EXERCISE" "TEST"
statuses = ["ACTUAL"]

# 受け取るレーン / Which lanes to listen to
lanes = ["urgent", "batched"]

# 受信箱が空のとき、ログの最初から受け取るか ("start")、今からか ("now")
# With a new inbox: everything from the start of the log ("start"), or what comes from now on ("now")
from = "start"

# 届いた報告の渡し先。いくつでも。遅い先や失敗する先が、他の先や受信箱を待たせることはありません。
# 各先には必ず1回以上、レーンごとに順番どおりに渡します。失敗したら間隔を空けて繰り返します。
# Where reports are passed on to: as many as you like. One that hangs or fails delays neither the others nor the inbox.
# Each gets every report at least once, in order on each lane; what failed is tried again, after longer and longer waits.
#
# JSON を1件1行でファイルに追記する / Appends JSON to a file, a line each
# [[sink]]
# name = "archive"
# type = "file"
# path = "/var/log/noroshi/reports.ndjson"
#
# 1件ごとにプログラムを起動し、標準入力に JSON を渡す。終了コード 0 で完了
# Starts a program for each report, JSON on its standard input; exit code 0 means taken
# [[sink]]
# name = "pager"
# type = "exec"
# command = ["/usr/local/bin/page-someone", "--team", "csirt"]
# timeout_seconds = 30
# from = "now"  # "start": 以前から受信箱にあるものも / also what was in the inbox before this sink
)toml";

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : name_(file.string()) {}

  Settings read() {
    toml::table root;
    try {
      root = toml::parse(cli::read_file(name_, kFileBytes), name_);
    } catch (const toml::parse_error& error) {
      fail(error.source().begin.line, {"TOML として読めません: ", "is no valid TOML: "},
           std::string(error.description()));
    }
    only(root, {"topics", "statuses", "lanes", "from", "sink"});
    Settings out;
    if (const auto* node = root.get("topics")) out.topics = texts(*node, "topics");
    if (const auto* node = root.get("statuses")) {
      out.statuses = texts(*node, "statuses");
      for (const std::string& each : out.statuses)
        if (!value_in(kStatuses, each)) wrong(*node, "statuses", "ACTUAL, EXERCISE, TEST");
    }
    if (const auto* node = root.get("lanes")) out.lanes = lanes(*node);
    out.from_start = from(root, out.from_start);
    if (const auto* node = root.get("sink")) sinks(*node, out.sinks);
    return out;
  }

 private:
  [[noreturn]] void fail(std::uint32_t line, cli::Text what, const std::string& more = {}) const {
    throw cli::Failure(cli::kUsage, name_ + ":" + std::to_string(std::max(line, 1u)) + ": " + say(what) + more);
  }
  [[noreturn]] void wrong(const toml::node& node, std::string_view key, const std::string& right) const {
    fail(node.source().begin.line,
         {"値が正しくありません。次のように書いてください: ", "is not a value for this; write: "},
         std::string(key) + " = " + right);
  }

  void only(const toml::table& table, std::initializer_list<std::string_view> known) const {
    for (const auto& [key, value] : table) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      std::string list;
      for (const std::string_view each : known) list.append(list.empty() ? "" : ", ").append(each);
      fail(key.source().begin.line, {"知らない項目です: ", "unknown key: "},
           std::string(key.str()) + say({"。使えるのは: ", "; known are: "}) + list);
    }
  }

  std::string text(const toml::table& table, std::string_view key, const std::string& right) const {
    const toml::node* node = table.get(key);
    if (!node) wrong(table, key, right);
    const auto value = node->value_exact<std::string>();
    if (!value || value->empty()) wrong(*node, key, right);
    return *value;
  }

  std::vector<std::string> texts(const toml::node& node, std::string_view key) const {
    std::vector<std::string> out;
    if (const toml::array* array = node.as_array())
      for (const toml::node& each : *array) out.push_back(each.value_exact<std::string>().value_or(""));
    if (out.empty() || std::find(out.begin(), out.end(), "") != out.end()) wrong(node, key, "[\"...\", \"...\"]");
    return out;
  }

  std::vector<Lane> lanes(const toml::node& node) const {
    std::set<Lane> out;
    for (const std::string& each : texts(node, "lanes")) {
      const auto lane = value_in(kLanes, each);
      if (!lane) wrong(node, "lanes", "[\"urgent\", \"batched\"]");
      out.insert(*lane);
    }
    return {out.begin(), out.end()};
  }

  bool from(const toml::table& table, bool otherwise) const {
    if (!table.contains("from")) return otherwise;
    const std::string value = text(table, "from", "\"start\"");
    if (value != "start" && value != "now") wrong(*table.get("from"), "from", "\"start\" | \"now\"");
    return value == "start";
  }

  void sinks(const toml::node& node, std::vector<SinkSettings>& out) const {
    const toml::array* array = node.as_array();
    if (!array || !array->is_homogeneous<toml::table>())
      fail(node.source().begin.line, {"[[sink]] と書いてください", "write [[sink]]"});
    for (const toml::node& each : *array) {
      out.push_back(sink(*each.as_table()));
      const auto same = [&](const SinkSettings& other) { return other.name == out.back().name; };
      if (std::count_if(out.begin(), out.end(), same) > 1)
        fail(each.source().begin.line, {"同じ name の sink が2つあります: ", "two sinks have the same name: "},
             out.back().name);
    }
  }

  SinkSettings sink(const toml::table& table) const {
    SinkSettings out;
    out.name = text(table, "name", "\"archive\"");
    const std::string type = text(table, "type", "\"exec\" | \"file\"");
    if (type == "file") {
      only(table, {"name", "type", "from", "path"});
      out.type = SinkSettings::Type::file;
      out.path = text(table, "path", "\"/var/log/noroshi/reports.ndjson\"");
    } else if (type == "exec") {
      only(table, {"name", "type", "from", "command", "timeout_seconds"});
      out.type = SinkSettings::Type::exec;
      const toml::node* command = table.get("command");
      if (!command) wrong(table, "command", "[\"/path/to/program\", \"argument\"]");
      out.command = texts(*command, "command");
      if (const toml::node* timeout = table.get("timeout_seconds")) {
        out.timeout_seconds = timeout->value_exact<std::int64_t>().value_or(0);
        if (out.timeout_seconds < 1 || out.timeout_seconds > kMostSeconds)
          wrong(*timeout, "timeout_seconds", "1 ... 3600");
      }
    } else {
      wrong(*table.get("type"), "type", "\"exec\" | \"file\"");
    }
    out.from_start = from(table, out.from_start);
    return out;
  }

  std::string name_;
};

}  // namespace

Settings load_settings(const std::filesystem::path& file) { return Reader(file).read(); }

void write_sample_settings(const std::filesystem::path& file) {
  std::ofstream out(file);
  out << kSample;
  if (!out.flush())
    throw cli::Failure(cli::kFailed,
                       file.string() + say({": 書き込めません: ", ": cannot be written: "}) + std::strerror(errno));
}

}  // namespace noroshi::subscriber
