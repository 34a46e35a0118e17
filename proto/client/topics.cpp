#include "proto/client/topics.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "proto/types/topic.h"

namespace noroshi::client {

namespace {

constexpr std::size_t kSuggestions = 3;

// Levenshtein: how many letters have to be added, left out or changed.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::set<std::string> all_topics(const Matrix& matrix) {
  std::set<std::string> all;
  for (const MatrixCategory& category : matrix.categories) all.insert(category.id);
  for (const MatrixItem& item : matrix.items) {
    all.insert(item.id);
    for (const SourceGroup& source : matrix.sources) all.insert(item.id + "." + source.id);
  }
  return all;
}

}  // namespace

std::vector<std::string> near_topics(const Matrix& matrix, std::string_view topic) {
  std::string root;
  for (const Status drill : {Status::exercise, Status::test})
    if (topic.starts_with(topic_root(drill))) root = topic_root(drill);
  topic.remove_prefix(root.size());

  std::vector<std::pair<std::size_t, std::string>> found;
  for (const std::string& known : all_topics(matrix)) {
    // "precursor" stands for "B.c.precursor": a forgotten category is the commonest slip.
    const std::size_t dot = known.rfind('.');
    const bool last_word = dot != std::string::npos && topic == std::string_view(known).substr(dot + 1);
    const std::size_t steps = last_word ? 0 : distance(topic, known);
    if (steps <= std::max<std::size_t>(1, topic.size() / 3)) found.emplace_back(steps, root + known);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> near;
  for (auto& [steps, known] : found)
    if (near.size() < kSuggestions) near.push_back(std::move(known));
  return near;
}

std::optional<std::string> unknown_topic(const cli::Common& common, const Matrix& matrix,
                                         const std::vector<std::string>& topics) {
  for (const std::string& topic : topics) {
    if (matrix.knows_topic(topic)) continue;
    std::string near;
    for (const std::string& each : near_topics(matrix, topic)) near += (near.empty() ? "" : ", ") + each;
    std::string out = common({"マトリックスにないトピックです: ", "no such topic in the matrix: "}) + topic;
    if (!near.empty()) out += common({"。近いもの: ", ". Did you mean: "}) + near;
    return out + common({"。一覧は noroshi-publisher items で見られます", ". noroshi-publisher items lists them all"});
  }
  return std::nullopt;
}

}  // namespace noroshi::client
