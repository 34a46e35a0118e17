#include "broker/runtime/witness_settings.h"

#include <algorithm>

#include "broker/runtime/config_rules.h"
#include "broker/runtime/toml_file.h"
#include "proto/tlog/witness.h"
#include "proto/types/words.h"

namespace noroshi::runtime {

namespace {

constexpr std::string_view kPrefix = "witness.";
constexpr Text kTableRemedy{"証人ごとに [[witness]] を置き、name、url、verifier_key を書いてください",
                            "write one [[witness]] with name, url and verifier_key for each"};
constexpr Text kNameRemedy{R"(英数字と . - _ / で name = "nisc" のように書いてください)",
                           R"(write it in letters, digits and . - _ /, as name = "nisc")"};
constexpr Text kUrlRemedy{
    R"(証人の運営者が示すアドレス (add-checkpoint の前まで) を url = "https://witness.example.jp/" のように書いてください)",
    R"(write the address that the witness's operator gives, up to before add-checkpoint, as url = "https://witness.example.jp/")"};
constexpr Text kKeyRemedy{
    R"(証人の運営者が示す検証鍵を verifier_key = "名前+16進8桁+base64" のように書いてください)",
    R"(write the verifier key that the witness's operator gives, as verifier_key = "name+8 hex digits+base64")"};
constexpr Text kTwiceRemedy{"片方を削除してください", "remove one of them"};

class WitnessReader {
 public:
  WitnessReader(const TomlFile& file, const toml::table& table) : file_(file), table_(table) {
    file_.only(table_, kPrefix, {"name", "url", "verifier_key"});
  }

  WitnessSettings read() const { return {name(), url(), key()}; }

  [[noreturn]] void wrong(const char* key, const std::string& what, Text remedy) const {
    file_.fail(*table_.get(key), "'" + std::string(kPrefix) + key + "'" + what, say(remedy));
  }

 private:
  std::string name() const {
    const std::string out = file_.text(table_, kPrefix, "name", say(kNameRemedy));
    if (!is_origin(out)) wrong("name", say({" を名前として使えません", " is no name"}), kNameRemedy);
    return out;
  }

  web::Address url() const {
    const auto out = web::parse_address(file_.text(table_, kPrefix, "url", say(kUrlRemedy)));
    if (!out || (out->scheme != "https" && out->scheme != "http") || out->host.empty() ||
        out->target.find('?') != std::string::npos)
      wrong("url", say({" は証人のアドレスではありません", " is no address of a witness"}), kUrlRemedy);
    return *out;
  }

  tlog::VerifierKey key() const {
    const auto out = tlog::parse_verifier_key(file_.text(table_, kPrefix, "verifier_key", say(kKeyRemedy)));
    if (!out) wrong("verifier_key", ": " + tlog::describe(out.problem()), kKeyRemedy);
    if (out->type != tlog::KeyType::cosignature_v1)
      wrong("verifier_key", say({" は証人の鍵 (種類 04) ではありません", " is no key of a witness (type 04)"}),
            kKeyRemedy);
    return *out;
  }

  const TomlFile& file_;
  const toml::table& table_;
};

}  // namespace

std::vector<WitnessSettings> witnesses_in(const TomlFile& file) {
  const std::string remedy = say(kTableRemedy);
  const toml::node& node = file.need(file.root(), "", "witness", remedy);
  const toml::array* list = node.as_array();
  if (!list)
    file.fail(node, say({"'witness' がテーブルのリストではありません", "'witness' is no list of tables"}), remedy);
  if (list->size() > tlog::kMostWitnesses)
    file.fail(node, say({"証人が多すぎます", "there are too many witnesses"}),
              std::to_string(tlog::kMostWitnesses) + say({" までにしてください", " are the most"}));
  std::vector<WitnessSettings> out;
  for (const toml::node& each : *list) {
    const toml::table* table = each.as_table();
    if (!table)
      file.fail(each, say({"'witness' にテーブルでないものがあります", "an entry of 'witness' is no table"}), remedy);
    const WitnessReader reader(file, *table);
    WitnessSettings witness = reader.read();
    const auto twice = [&](auto same) { return std::any_of(out.begin(), out.end(), same); };
    if (twice([&](const auto& other) { return other.name == witness.name; }))
      reader.wrong("name", " = \"" + witness.name + say({"\" が2つあります", "\" is there twice"}), kTwiceRemedy);
    if (twice([&](const auto& other) { return other.key == witness.key; }))
      reader.wrong("verifier_key", say({" が2つあります", " is there twice"}), kTwiceRemedy);
    out.push_back(std::move(witness));
  }
  return out;
}

}  // namespace noroshi::runtime
