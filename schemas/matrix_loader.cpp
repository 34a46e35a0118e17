#include "schemas/matrix_loader.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <map>
#include <sstream>
#include <system_error>

#include "proto/types/limits.h"
#include "proto/types/words.h"
#include "schemas/blank.h"

namespace noroshi {

namespace {

using Keys = std::initializer_list<std::string_view>;

constexpr std::string_view kLanguages[] = {"ja", "en"};
constexpr std::string_view kLabelAdvice = R"(write { ja = "…", en = "…" })";

template <class Names>
std::string listed(const Names& names) {
  std::string out;
  for (const std::string_view name : names) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

template <class Table>
std::string listed_names(const Table& table) {
  std::vector<std::string_view> names;
  for (const auto& entry : table) names.push_back(entry.second);
  return listed(names);
}

// Parts of an id, which become parts of a topic.
bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool is_dotted(std::string_view text) {
  for (std::size_t dot; (dot = text.find('.')) != std::string_view::npos; text.remove_prefix(dot + 1))
    if (!is_word(text.substr(0, dot))) return false;
  return is_word(text);
}

// Reads one file's tree. Every complaint goes through fail(), so that each one says where.
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  Matrix matrix(const toml::table& root) {
    if (root.empty()) fail(1, "the file is empty; a matrix has version, posture, category, source and item");
    only(root, "the matrix", {"version", "posture", "category", "source", "item"});
    Matrix out;
    out.version = text(need(root, "version", "the matrix", R"(add version = "…")"), "version");
    short_enough(out.version, need(root, "version", "the matrix", ""), "version");
    postures(root, out);
    for (const toml::table* each : tables(root, "category")) out.categories.push_back(category(*each));
    for (const toml::table* each : tables(root, "source")) out.sources.push_back(source(*each));
    for (const toml::table* each : tables(root, "item")) out.items.push_back(item(*each, out));
    return out;
  }

 private:
  [[noreturn]] void fail(std::size_t line, const std::string& message) const {
    throw MatrixError(name_ + ":" + std::to_string(line) +
                      say({": マトリックスの誤りです。この行を直してください (", ": "}) + message + say({")", ""}));
  }
  [[noreturn]] void fail(const toml::node& at, const std::string& message) const {
    fail(at.source().begin.line, message);
  }

  // --- shapes ---

  void only(const toml::table& table, const std::string& what, Keys known) const {
    for (const auto& [key, value] : table)
      if (std::find(known.begin(), known.end(), key.str()) == known.end())
        fail(key.source().begin.line, what + " has an unknown key \"" + std::string(key.str()) +
                                          "\"; remove it or correct it to one of: " + listed(known));
  }

  const toml::node& need(const toml::table& table, std::string_view key, const std::string& what,
                         std::string_view advice) const {
    if (const toml::node* node = table.get(key)) return *node;
    fail(table, what + " has no " + std::string(key) + "; " + std::string(advice));
  }

  const toml::table& table(const toml::node& node, const std::string& what, std::string_view advice) const {
    if (const toml::table* found = node.as_table()) return *found;
    fail(node, what + " is no table; " + std::string(advice));
  }

  std::vector<const toml::table*> tables(const toml::table& root, const std::string& key) const {
    const std::string advice = "write one [[" + key + "]] for each";
    const toml::node& node = need(root, key, "the matrix", advice);
    const toml::array* list = node.as_array();
    if (!list || list->empty()) fail(node, key + " is no list of tables; " + advice);
    std::vector<const toml::table*> out;
    for (const toml::node& each : *list) out.push_back(&table(each, "an entry of " + key, advice));
    return out;
  }

  std::string text(const toml::node& node, const std::string& what) const {
    const std::optional<std::string> value = node.value_exact<std::string>();
    if (!value) fail(node, what + " is no text; put it in quotes");
    if (blank(*value)) fail(node, what + " is blank; write it");
    return *value;
  }

  void short_enough(const std::string& value, const toml::node& node, const std::string& what) const {
    if (value.size() > limits::kNameBytes)
      fail(node,
           what + " has " + std::to_string(value.size()) + " bytes; at most " + std::to_string(limits::kNameBytes));
  }

  // An id that no entry of its kind has had before; `parts` says whether dots may stand in it.
  enum class Parts { one, many };
  std::string id(const toml::table& from, const std::string& what, Parts parts,
                 std::map<std::string, std::size_t>& seen) {
    const toml::node& node = need(from, "id", what, R"(add id = "…")");
    std::string value = text(node, "the id of " + what);
    short_enough(value, node, "the id of " + what);
    if (parts == Parts::one ? !is_word(value) : !is_dotted(value))
      fail(node, "\"" + value + "\" is no id for " + what + "; use letters, digits and - only" +
                     (parts == Parts::many ? ", with dots between parts" : ""));
    const auto [first, is_new] = seen.emplace(value, node.source().begin.line);
    if (!is_new)
      fail(node, what + " \"" + value + "\" is there already, at line " + std::to_string(first->second) +
                     "; give one of them another id");
    return value;
  }

  Localized localized(const toml::table& from, std::string_view key, const std::string& what) const {
    const toml::node& node = need(from, key, what, std::string(key) + ": " + std::string(kLabelAdvice));
    const std::string whole = "the " + std::string(key) + " of " + what;
    const toml::table& languages = table(node, whole, kLabelAdvice);
    only(languages, whole, {"ja", "en"});
    Localized out;
    for (const std::string_view language : kLanguages)
      out[std::string(language)] =
          text(need(languages, language, whole, kLabelAdvice), whole + " in " + std::string(language));
    return out;
  }

  // --- postures ---

  Posture posture(const toml::key& key, const std::string& what) const {
    if (const auto value = value_in(kPostures, key.str())) return *value;
    fail(key.source().begin.line, what + " names an unknown posture \"" + std::string(key.str()) +
                                      "\"; the postures: " + listed_names(kPostures));
  }

  // Reads `node` as a table posture -> T.
  template <class Read>
  auto by_posture(const toml::node& node, const std::string& what, Read read) const {
    const toml::table& entries = table(node, what, "write one entry a posture: " + listed_names(kPostures));
    std::map<Posture, decltype(read(node, what))> out;
    for (const auto& [key, value] : entries)
      out.emplace(posture(key, what), read(value, what + " at " + std::string(key.str())));
    return out;
  }

  template <class T>
  void every_posture(const std::map<Posture, T>& found, const toml::node& at, const std::string& what) const {
    for (const auto& [value, name] : kPostures)
      if (!found.contains(value)) fail(at, what + " says nothing for posture " + std::string(name) + "; add it");
  }

  void postures(const toml::table& root, Matrix& out) const {
    const toml::node& node = need(root, "posture", "the matrix", "add [posture.normal] and the others");
    out.postures = by_posture(node, "posture", [this](const toml::node& each, const std::string& what) {
      const toml::table& entry = table(each, what, "write [posture.normal]");
      only(entry, what, {"label"});
      return localized(entry, "label", what);
    });
    every_posture(out.postures, node, "posture");
  }

  std::map<Posture, Lane> lanes(const toml::node& node, const std::string& what) const {
    return by_posture(node, "the lane of " + what, [this](const toml::node& each, const std::string& which) {
      const std::string name = text(each, which);
      if (const auto lane = value_in(kLanes, name)) return *lane;
      fail(each, which + " is an unknown lane \"" + name + "\"; the lanes: " + listed_names(kLanes));
    });
  }

  // --- deadlines ---

  std::chrono::minutes minutes(const toml::table& from, std::string_view key, const std::string& what) const {
    constexpr std::int64_t kMost = 366 * 24 * 60;
    const toml::node& node = need(from, key, what, std::string(key) + " is a number of minutes");
    const std::optional<std::int64_t> value = node.value_exact<std::int64_t>();
    if (!value || *value < 1 || *value > kMost)
      fail(node, what + ": " + std::string(key) + " is no number of minutes from 1 to " + std::to_string(kMost));
    return std::chrono::minutes(*value);
  }

  std::map<Posture, ReceiptDeadlines> deadlines(const toml::table& from, const std::string& what) const {
    const toml::node& node =
        need(from, "deadline-minutes", what,
             "add deadline-minutes.normal = { delivered = …, opened = …, responded = … } and the others");
    auto out =
        by_posture(node, "deadline-minutes of " + what, [this](const toml::node& each, const std::string& which) {
          const toml::table& entry = table(each, which, "write { delivered = …, opened = …, responded = … }");
          only(entry, which, {"delivered", "opened", "responded"});
          const ReceiptDeadlines read{minutes(entry, "delivered", which), minutes(entry, "opened", which),
                                      minutes(entry, "responded", which)};
          if (read.delivered > read.opened || read.opened > read.responded)
            fail(each, which + " is out of order; delivered comes first, then opened, then responded");
          return read;
        });
    every_posture(out, node, "deadline-minutes of " + what);
    return out;
  }

  // --- the parts of the matrix ---

  MatrixCategory category(const toml::table& from) {
    MatrixCategory out;
    out.id = id(from, "category", Parts::many, category_lines_);
    const std::string what = "category " + out.id;
    only(from, what, {"id", "label", "timing", "lane", "deadline-minutes"});
    for (const std::string_view root : {"exercise", "test"})
      if (out.id.substr(0, out.id.find('.')) == root)
        fail(from, what + " begins with the topic root of drills; give it another id");
    out.label = localized(from, "label", what);
    out.timing = localized(from, "timing", what);
    out.deadlines = deadlines(from, what);
    const toml::node& lane =
        need(from, "lane", what, R"(add lane = { normal = "…", heightened = "…", incident = "…" })");
    auto& defaults = category_lanes_[out.id] = lanes(lane, what);
    every_posture(defaults, lane, "the lane of " + what);
    return out;
  }

  SourceGroup source(const toml::table& from) {
    SourceGroup out;
    out.id = id(from, "source", Parts::one, source_lines_);
    only(from, "source " + out.id, {"id", "label"});
    out.label = localized(from, "label", "source " + out.id);
    return out;
  }

  MatrixItem item(const toml::table& from, const Matrix& so_far) {
    MatrixItem out;
    out.id = id(from, "item", Parts::many, item_lines_);
    const std::string what = "item " + out.id;
    only(from, what, {"id", "category", "label", "lane", "fields"});
    const toml::node& category = need(from, "category", what, "add the id of its category");
    out.category = text(category, "the category of " + what);
    if (!so_far.category(out.category))
      fail(category, what + " is in an unknown category \"" + out.category + "\"; add a [[category]] or correct it");
    if (so_far.category(out.id)) fail(from, what + " has the id of a category; give it another one");
    if (!out.id.starts_with(out.category + ".") || !is_word(std::string_view(out.id).substr(out.category.size() + 1)))
      fail(from, what + " does not begin with its category; its id is " + out.category + ".<one word>");
    out.label = localized(from, "label", what);
    out.lane = category_lanes_[out.category];
    if (const toml::node* own = from.get("lane")) {
      const auto changed = lanes(*own, what);
      if (changed.empty()) fail(*own, "the lane of " + what + " is empty; name a posture or leave lane out");
      for (const auto& [posture, lane] : changed) out.lane[posture] = lane;
    }
    out.fields = fields(from, what);
    return out;
  }

  std::vector<MatrixField> fields(const toml::table& from, const std::string& what) {
    const std::string advice = R"(write fields = [{ id = "content", label = { ja = "…", en = "…" } }, …])";
    const toml::node& node = need(from, "fields", what, advice);
    const toml::array* list = node.as_array();
    if (!list || list->empty()) fail(node, what + " has no fields; " + advice);
    std::vector<MatrixField> out;
    std::map<std::string, std::size_t> seen;
    for (const toml::node& each : *list) {
      const toml::table& entry = table(each, "a field of " + what, advice);
      const std::string name = id(entry, "field of " + what, Parts::one, seen);
      only(entry, "field " + name + " of " + what, {"id", "label"});
      out.push_back({name, localized(entry, "label", "field " + name + " of " + what)});
    }
    return out;
  }

  std::string name_;
  std::map<std::string, std::size_t> category_lines_, source_lines_, item_lines_;
  std::map<std::string, std::map<Posture, Lane>> category_lanes_;
};

}  // namespace

Matrix parse_matrix(std::string_view toml, std::string_view name_for_errors) {
  try {
    return Reader(name_for_errors).matrix(toml::parse(toml, name_for_errors));
  } catch (const toml::parse_error& error) {
    throw MatrixError(std::string(name_for_errors) + ":" + std::to_string(error.source().begin.line) +
                      say({": TOML として読めません: ", ": not TOML: "}) + std::string(error.description()) +
                      say({"。この行を直すか、ファイルを復元してください", "; correct this line or restore the file"}));
  }
}

Matrix load_matrix(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& why) {
    throw MatrixError(file.string() + say({": 読めません: ", ": cannot be read: "}) + why +
                      say({"。マトリックスのファイルを指定するか、NOROSHI_MATRIX を設定してください",
                           "; name a matrix file, or set NOROSHI_MATRIX"}));
  };
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (error) fail(error.message());
  if (std::filesystem::is_directory(status)) fail("it is a directory");
  std::ifstream in(file, std::ios::binary);
  if (!in) fail("permission denied or no such file");
  std::ostringstream content;
  content << in.rdbuf();
  if (in.bad()) fail("reading failed");
  return parse_matrix(content.str(), file.string());
}

std::filesystem::path matrix_path(const std::filesystem::path& given) {
  if (!given.empty()) return given;
  if (const char* named = std::getenv("NOROSHI_MATRIX"); named && *named) return named;
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const auto beside = program.parent_path().parent_path() / "share" / "noroshi" / "matrix.toml";
    if (std::filesystem::exists(beside, error)) return beside;
  }
  return "/usr/share/noroshi/matrix.toml";
}

}  // namespace noroshi
