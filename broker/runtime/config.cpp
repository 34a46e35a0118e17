// The loaders of what people edit: broker.toml, sectors.toml, and the matrix beside them.
#include <arpa/inet.h>

#include <algorithm>

#include "broker/runtime/config_rules.h"
#include "broker/runtime/data_directory.h"
#include "broker/runtime/toml_file.h"
#include "proto/types/limits.h"
#include "proto/types/words.h"
#include "schemas/matrix_loader.h"

namespace noroshi::runtime {
namespace {

constexpr std::int64_t kMostPort = 65535 - 79;  // HTTP is BASE + 79
constexpr std::int64_t kMostIntervalSeconds = 24 * 60 * 60;

bool is_sector_id(const std::string& id) {
  return !id.empty() && id.size() <= limits::kNameBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

constexpr Text kOriginRemedy{
    R"(ブローカーの名前を英数字と . - _ / で書いてください。例: origin = "noroshi.example.jp")",
    R"(write the broker's name in letters, digits and . - _ /, as origin = "noroshi.example.jp")"};
constexpr Text kHostRemedy{
    R"(この機械の IP アドレスを書いてください。例: host = "127.0.0.1"。0.0.0.0 はすべてのアドレス)",
    R"(write an IP address of this machine, as host = "127.0.0.1"; 0.0.0.0 is all of them)"};
constexpr Text kLabelRemedy{R"(label = { ja = "…", en = "…" } と書いてください)",
                            R"(write label = { ja = "…", en = "…" })"};

void check_sector(const TomlFile& file, const toml::table& sector) {
  file.only(sector, "sector.", {"id", "label", "ceptoars"});
  const toml::table& label = file.table(sector, "label", say(kLabelRemedy));
  file.only(label, "sector.label.", {"ja", "en"});
  for (const char* language : {"ja", "en"}) file.text(label, "sector.label.", language, say(kLabelRemedy));
  const std::string remedy = say({R"(セプターの名前を ceptoars = ["…"] と書いてください。なければ ceptoars = [])",
                                  R"(write the names of the sector's CEPTOARs as ceptoars = ["…"], or ceptoars = [])"});
  const toml::node& ceptoars = file.need(sector, "sector.", "ceptoars", remedy);
  if (!ceptoars.is_array())
    file.fail(ceptoars, say({"'sector.ceptoars' はリストではありません", "'sector.ceptoars' is no list"}), remedy);
  for (const toml::node& each : *ceptoars.as_array())
    if (!each.is_string())
      file.fail(each,
                say({"'sector.ceptoars' に文字列でないものがあります", "an entry of 'sector.ceptoars' is no text"}),
                remedy);
}

}  // namespace

bool is_address(const std::string& host) {
  if (host.find('\0') != std::string::npos) return false;  // inet_pton would stop reading there
  unsigned char octets[16];
  return ::inet_pton(AF_INET, host.c_str(), octets) == 1 || ::inet_pton(AF_INET6, host.c_str(), octets) == 1;
}

bool is_origin(const std::string& name) {
  return !name.empty() && name.size() <= limits::kNameBytes && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_' || c == '/';
  });
}

void check_config(const Config& config) {
  const auto fail = [](const std::string& what, const std::string& remedy) {
    throw ConfigError(what + say({"。", "; "}) + remedy);
  };
  if (!is_origin(config.origin))
    fail("'origin' = \"" + config.origin + say({"\" はブローカーの名前として使えません", "\" is no name of a broker"}),
         say(kOriginRemedy));
  if (!is_address(config.host))
    fail("'host' = \"" + config.host + say({"\" は IP アドレスではありません", "\" is no IP address"}),
         say(kHostRemedy));
  if (!is_address(config.http_host))
    fail("'http.host' = \"" + config.http_host + say({"\" は IP アドレスではありません", "\" is no IP address"}),
         say(kHostRemedy));
  if (config.port < 1 || config.port > kMostPort)
    fail("'port' = " + std::to_string(config.port) + say({" は範囲外です", " is out of range"}),
         say({"1 から ", "choose a number from 1 to "}) + std::to_string(kMostPort) +
             say({" までにしてください。続く4つのポートと +79 も使います",
                  ": the next four ports and port + 79 are used too"}));
}

namespace {

core::ResponseRooms response_rooms(const TomlFile& file) {
  const std::string remedy =
      say({R"([posture] に response_room = "propose" と書いてください。ほかに "apply" と "ignore")",
           R"(write [posture] with response_room = "propose", "apply" or "ignore")"});
  const toml::table& posture = file.table(file.root(), "posture", remedy);
  file.only(posture, "posture.", {"response_room"});
  const std::string text = file.text(posture, "posture.", "response_room", remedy);
  const auto value = value_in(core::kResponseRooms, text);
  if (!value) file.fail(*posture.get("response_room"), "'posture.response_room' = \"" + text + "\"", remedy);
  return *value;
}

// [NAME] command.
std::vector<std::string> program_of(const TomlFile& file, const toml::table& table, const std::string& name) {
  const std::string key = name + ".command";
  const std::string remedy =
      say({R"(command = ["/絶対/パス", "引数"] と書いてください。呼び出さないなら command = []: [)",
           R"(write command = ["/absolute/path", "argument"], or command = [] to call nobody, in [)"}) +
      name + "]";
  const toml::node& command = file.need(table, name + ".", "command", remedy);
  if (!command.is_array()) file.fail(command, "'" + key + say({"' はリストではありません", "' is no list"}), remedy);
  std::vector<std::string> out;
  for (const toml::node& each : *command.as_array()) {
    if (!each.is_string())
      file.fail(each, "'" + key + say({"' に文字列でないものがあります", "' has an entry that is no text"}), remedy);
    out.push_back(*each.value<std::string>());
  }
  if (!out.empty() && !out.front().starts_with('/'))
    file.fail(command,
              "'" + key + say({"' のプログラムが絶対パスではありません", "': its program is no absolute path"}),
              remedy);
  return out;
}

web::WebhookSettings overdue_webhook(const TomlFile& file, const toml::table& overdue) {
  const std::string remedy =
      say({R"([overdue] に webhook = { url = "https://…", secret_file = "/絶対/パス" } と書いてください)",
           R"(write [overdue] with webhook = { url = "https://…", secret_file = "/absolute/path" })"});
  const toml::table& webhook = file.table(overdue, "webhook", remedy);
  file.only(webhook, "overdue.webhook.", {"url", "secret_file", "ca_file"});
  web::WebhookSettings out;
  const auto address = web::parse_address(file.text(webhook, "overdue.webhook.", "url", remedy));
  const bool safe = address && !address->host.empty() &&
                    (address->scheme == "https" || (address->scheme == "http" && address->loopback()));
  if (!safe)
    file.fail(*webhook.get("url"),
              say({"'overdue.webhook.url' が https の URL ではありません (http はこのコンピュータの中だけ)",
                   "'overdue.webhook.url' is no https URL (http: on this machine only)"}),
              remedy);
  out.address = *address;
  out.secret_file = file.text(webhook, "overdue.webhook.", "secret_file", remedy);
  if (webhook.contains("ca_file")) out.ca_file = file.text(webhook, "overdue.webhook.", "ca_file", remedy);
  return out;
}

CallSettings overdue_calls(const TomlFile& file) {
  const toml::table& overdue = file.table(
      file.root(), "overdue", say({"[overdue] に command = [] を書いてください", "write [overdue] with command = []"}));
  file.only(overdue, "overdue.", {"command", "webhook"});
  CallSettings out{program_of(file, overdue, "overdue"), std::nullopt};
  if (overdue.contains("webhook")) out.webhook = overdue_webhook(file, overdue);
  return out;
}

fs::path mirror_directory(const TomlFile& file) {
  const std::string remedy = say({R"([mirror] に directory = "/別のディスク/noroshi-mirror" を書いてください)",
                                  R"(write [mirror] with directory = "/other/disk/noroshi-mirror")"});
  const toml::table& mirror = file.table(file.root(), "mirror", remedy);
  file.only(mirror, "mirror.", {"directory"});
  const std::string text = file.text(mirror, "mirror.", "directory", remedy);
  if (!text.starts_with('/') || text.find('\0') != std::string::npos)
    file.fail(*mirror.get("directory"),
              say({"'mirror.directory' が絶対パスではありません", "'mirror.directory' is no absolute path"}), remedy);
  return text;
}

}  // namespace

Config load_config(const fs::path& path) {
  const TomlFile file(path);
  const toml::table& root = file.root();
  file.only(root, "",
            {"origin", "host", "port", "digest", "posture", "overdue", "silent", "mirror", "witness", "http"});
  Config out;
  // Nothing has a default in here: a file that lost a part must not go on working as something else.
  out.origin = file.text(root, "", "origin", say(kOriginRemedy));
  if (!is_origin(out.origin))
    file.fail(*root.get("origin"),
              say({"'origin' がブローカーの名前として使えません", "'origin' is no name of a broker"}),
              say(kOriginRemedy));
  out.host = file.text(root, "", "host", say(kHostRemedy));
  if (!is_address(out.host))
    file.fail(*root.get("host"), say({"'host' が IP アドレスではありません", "'host' is no IP address"}),
              say(kHostRemedy));
  out.port = static_cast<int>(file.number(root, "", "port", 1, kMostPort, "7701"));

  const toml::table& digest = file.table(root, "digest",
                                         say({"[digest] に interval_seconds、entries、bytes を書いてください",
                                              "add [digest] with interval_seconds, entries and bytes"}));
  file.only(digest, "digest.", {"interval_seconds", "entries", "bytes"});
  out.digest.interval_us =
      file.number(digest, "digest.", "interval_seconds", 1, kMostIntervalSeconds, "900") * kMicrosPerSecond;
  out.digest.entries =
      static_cast<std::size_t>(file.number(digest, "digest.", "entries", 1, limits::kDigestEntries, "200"));
  out.digest.bytes =
      static_cast<std::size_t>(file.number(digest, "digest.", "bytes", limits::KiB, limits::kDigestBytes, "1048576"));

  // These came later: without them nothing is lost that was there before.
  if (root.contains("posture")) out.response_rooms = response_rooms(file);
  if (root.contains("overdue")) out.overdue = overdue_calls(file);
  if (root.contains("silent")) {
    const toml::table& silent = file.table(
        root, "silent", say({"[silent] に command = [] を書いてください", "write [silent] with command = []"}));
    file.only(silent, "silent.", {"command"});
    out.silent_command = program_of(file, silent, "silent");
  }
  if (root.contains("mirror")) out.mirror = mirror_directory(file);
  if (root.contains("witness")) out.witnesses = witnesses_in(file);

  const toml::table& http = file.table(
      root, "http", say({R"([http] に host = "127.0.0.1" を書いてください)", R"(add [http] with host = "127.0.0.1")"}));
  file.only(http, "http.", {"host"});
  out.http_host = file.text(http, "http.", "host", say(kHostRemedy));
  if (!is_address(out.http_host))
    file.fail(*http.get("host"), say({"'http.host' が IP アドレスではありません", "'http.host' is no IP address"}),
              say(kHostRemedy));
  return out;
}

std::set<std::string> load_sectors(const fs::path& path) {
  const TomlFile file(path);
  file.only(file.root(), "", {"sector"});
  const std::string remedy = say({"分野ごとに [[sector]] を置き、id、label、ceptoars を書いてください",
                                  "write one [[sector]] with id, label and ceptoars for each"});
  const toml::node& node = file.need(file.root(), "", "sector", remedy);
  const toml::array* list = node.as_array();
  if (!list || list->empty())
    file.fail(node, say({"'sector' がテーブルのリストではありません", "'sector' is no list of tables"}), remedy);
  std::set<std::string> out;
  for (const toml::node& each : *list) {
    const toml::table* sector = each.as_table();
    if (!sector)
      file.fail(each, say({"'sector' にテーブルでないものがあります", "an entry of 'sector' is no table"}), remedy);
    check_sector(file, *sector);
    const std::string id = file.text(*sector, "sector.", "id",
                                     say({R"(id = "finance" のように書いてください)", R"(write id = "finance")"}));
    if (!is_sector_id(id))
      file.fail(*sector->get("id"), "'sector.id' = \"" + id + "\"",
                say({"小文字・数字・ハイフンだけを使ってください", "use lower-case letters, digits and -"}));
    if (!out.insert(id).second)
      file.fail(*sector->get("id"), say({"分野 \"", "sector \""}) + id + say({"\" が2つあります", "\" is there twice"}),
                say({"片方を削除してください", "remove one of them"}));
  }
  return out;
}

Matrix load_matrix(const DataDirectory& data) {
  try {
    return noroshi::load_matrix(data.matrix());
  } catch (const MatrixError& error) {
    throw ConfigError(error.what());
  }
}

core::Settings load_settings(const DataDirectory& data, const Config& config) {
  core::Settings out;
  out.matrix = load_matrix(data);
  out.sectors = load_sectors(data.sectors());
  out.digest = config.digest;
  out.response_rooms = config.response_rooms;
  return out;
}

}  // namespace noroshi::runtime
