#include <array>
#include <utility>

#include "subscriber/settings_reader.h"

namespace noroshi::subscriber {

namespace {

using Type = SinkSettings::Type;
using Format = SinkSettings::Format;

constexpr std::int64_t kMostSeconds = 3600;
constexpr std::string_view kTypes = "\"exec\" | \"file\" | \"syslog\" | \"webhook\"";
constexpr std::array<std::pair<std::string_view, Format>, 4> kFormats{
    {{"ndjson", Format::ndjson}, {"html", Format::html}, {"markdown", Format::markdown}, {"text", Format::text}}};
// As RFC 5424 numbers them; those of the machine itself are not ours to use.
constexpr std::array<std::pair<std::string_view, int>, 11> kFacilities{{{"user", 1},
                                                                        {"daemon", 3},
                                                                        {"auth", 4},
                                                                        {"local0", 16},
                                                                        {"local1", 17},
                                                                        {"local2", 18},
                                                                        {"local3", 19},
                                                                        {"local4", 20},
                                                                        {"local5", 21},
                                                                        {"local6", 22},
                                                                        {"local7", 23}}};

class SinkReader {
 public:
  SinkReader(const SettingsReader& reader, const toml::table& table) : reader_(reader), table_(table) {}

  SinkSettings read() {
    out_.name = reader_.text(table_, "name", "\"archive\"");
    const std::string type = reader_.text(table_, "type", std::string(kTypes));
    if (type == "file")
      file();
    else if (type == "exec")
      exec();
    else if (type == "syslog")
      syslog();
    else if (type == "webhook")
      webhook();
    else
      reader_.wrong(*table_.get("type"), "type", std::string(kTypes));
    out_.from_start = reader_.from(table_, out_.from_start);
    out_.drills = reader_.flag(table_, "drills", out_.drills);
    return std::move(out_);
  }

 private:
  void only(std::vector<std::string_view> known) const {
    known.insert(known.begin(), {"name", "type", "from", "drills"});
    reader_.only(table_, known);
  }

  void file() {
    out_.type = Type::file;
    only({"path", "format", "language"});
    out_.format = choice("format", kFormats, Format::ndjson);
    out_.path = reader_.text(table_, "path",
                             out_.format == Format::ndjson ? "\"/var/log/noroshi/reports.ndjson\""
                                                           : "\"/var/lib/noroshi-subscriber/newsletters\"");
    language();
  }

  void exec() {
    out_.type = Type::exec;
    only({"command", "timeout_seconds"});
    const toml::node* command = table_.get("command");
    if (!command) reader_.wrong(table_, "command", "[\"/path/to/program\", \"argument\"]");
    out_.command = reader_.texts(*command, "command");
    timeout();
  }

  void syslog() {
    out_.type = Type::syslog;
    only({"address", "facility", "language", "timeout_seconds"});
    constexpr std::string_view kRight = "\"tcp://host:514\" | \"udp://host:514\" | \"unix:///dev/log\"";
    out_.address = address("address", kRight);
    const web::Address& to = out_.address;
    const bool network = (to.scheme == "tcp" || to.scheme == "udp") && to.port != 0 && to.target.empty();
    const bool local = to.scheme == "unix" && to.host.empty() && to.target.size() > 1;
    if (!network && !local) reader_.wrong(*table_.get("address"), "address", std::string(kRight));
    out_.facility = choice("facility", kFacilities, out_.facility);
    language();
    timeout();
  }

  void webhook() {
    out_.type = Type::webhook;
    only({"url", "secret_file", "ca_file", "allow_http", "timeout_seconds"});
    constexpr std::string_view kRight = "\"https://host/path\"";
    out_.address = address("url", kRight);
    const web::Address& to = out_.address;
    if ((to.scheme != "https" && to.scheme != "http") || to.host.empty())
      reader_.wrong(*table_.get("url"), "url", std::string(kRight));
    if (to.scheme == "http" && !to.loopback() && !reader_.flag(table_, "allow_http", false))
      reader_.fail(
          table_.get("url")->source().begin.line,
          {"http では内容が誰にでも読めます。https にするか、承知の上なら allow_http = true と書いてください",
           "over http anybody on the way can read it: use https, or write allow_http = true if that is known"});
    out_.secret_file = reader_.text(table_, "secret_file", "\"/etc/noroshi-subscriber/webhook.secret\"");
    if (table_.contains("ca_file")) out_.ca_file = reader_.text(table_, "ca_file", "\"/path/to/ca.pem\"");
    timeout();
  }

  void language() {
    if (!table_.contains("language")) return;
    constexpr std::array<std::pair<std::string_view, Language>, 2> kLanguages{
        {{"ja", Language::ja}, {"en", Language::en}}};
    out_.language = choice("language", kLanguages, Language::ja);
  }

  void timeout() {
    const toml::node* node = table_.get("timeout_seconds");
    if (!node) return;
    out_.timeout_seconds = node->value_exact<std::int64_t>().value_or(0);
    if (out_.timeout_seconds < 1 || out_.timeout_seconds > kMostSeconds)
      reader_.wrong(*node, "timeout_seconds", "1 ... 3600");
  }

  web::Address address(std::string_view key, std::string_view right) const {
    const auto out = web::parse_address(reader_.text(table_, key, std::string(right)));
    if (!out) reader_.wrong(*table_.get(key), key, std::string(right));
    return *out;
  }

  template <class Choices, class Value>
  Value choice(std::string_view key, const Choices& choices, Value otherwise) const {
    if (!table_.contains(key)) return otherwise;
    std::string right;
    for (const auto& [name, value] : choices) right.append(right.empty() ? "\"" : " | \"").append(name).append("\"");
    const std::string text = reader_.text(table_, key, right);
    for (const auto& [name, value] : choices)
      if (name == text) return value;
    reader_.wrong(*table_.get(key), key, right);
  }

  const SettingsReader& reader_;
  const toml::table& table_;
  SinkSettings out_;
};

}  // namespace

SinkSettings read_sink(const SettingsReader& reader, const toml::table& table) {
  return SinkReader(reader, table).read();
}

}  // namespace noroshi::subscriber
