// items: the matrix, in the chosen language.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <iostream>
#include <memory>

#include "publisher/commands.h"

namespace noroshi::publisher {
namespace {

namespace json = boost::json;

json::object label(const Localized& text) {
  json::object out;
  for (const auto& [language, words] : text) out.emplace(language, words);
  return out;
}

std::string item_json(const MatrixItem& item, const MatrixCategory& category) {
  json::object lanes;
  for (const auto& [posture, lane] : item.lane) lanes.emplace(name_of(posture), name_of(lane));
  json::array fields;
  for (const MatrixField& field : item.fields)
    fields.push_back(json::object{{"field", field.id}, {"label", label(field.label)}});
  return json::serialize(json::object{{"item", item.id},
                                      {"category", item.category},
                                      {"label", label(item.label)},
                                      {"timing", label(category.timing)},
                                      {"lane", std::move(lanes)},
                                      {"fields", std::move(fields)}});
}

// The lane in normal times, and when it is another.
std::string lanes_text(const cli::Common& c, const Matrix& matrix, const MatrixItem& item) {
  const auto word = [&](Lane lane) {
    return c(lane == Lane::urgent ? cli::Text{"緊急", "urgent"} : cli::Text{"定期", "batched"});
  };
  const Lane usual = item.lane.at(Posture::normal);
  std::string others;
  for (const auto& [posture, lane] : item.lane)
    if (lane != usual) others += (others.empty() ? "" : c({"・", ", "})) + c(matrix.postures.at(posture));
  if (others.empty()) return word(usual);
  const Lane other = usual == Lane::urgent ? Lane::batched : Lane::urgent;
  return word(usual) + c({" (", " ("}) + others + ": " + word(other) + ")";
}

void print_text(const cli::Common& c, const Matrix& matrix) {
  std::cout << c({"マトリックス (共有すべき情報の整理) ", "Matrix of information to be shared "}) << matrix.version
            << "\n";
  for (const MatrixCategory& category : matrix.categories) {
    std::cout << "\n"
              << cli::paint(c, cli::Colour::bold, category.id + "  " + c(category.label)) << "  " << c(category.timing)
              << "\n";
    for (const MatrixItem& item : matrix.items) {
      if (item.category != category.id) continue;
      std::cout << "\n  " << cli::paint(c, cli::Colour::cyan, item.id) << "  " << c(item.label) << "  ["
                << lanes_text(c, matrix, item) << "]\n";
      std::size_t widest = 0;
      for (const MatrixField& field : item.fields) widest = std::max(widest, cli::width(field.id));
      for (const MatrixField& field : item.fields)
        std::cout << "    " << cli::pad(field.id, widest) << "  " << c(field.label) << "\n";
    }
  }
  std::cout << "\n" << cli::paint(c, cli::Colour::bold, c({"情報源", "Source groups"})) << "\n";
  std::size_t widest = 0;
  for (const SourceGroup& source : matrix.sources) widest = std::max(widest, cli::width(source.id));
  for (const SourceGroup& source : matrix.sources)
    std::cout << "  " << cli::pad(source.id, widest) << "  " << c(source.label) << "\n";
}

}  // namespace

void add_items(cli::Program& program) {
  const auto file = std::make_shared<std::string>();
  CLI::App* command = program.command(
      "items", {"マトリックス (共有すべき情報の整理) を表示する", "Show the matrix of information to be shared"},
      {"noroshi-publisher items --lang ja", "noroshi-publisher items --output json"}, [&program, file] {
        const Matrix matrix = matrix_at(program.common, *file);
        if (!program.common.json) return print_text(program.common, matrix);
        for (const MatrixItem& item : matrix.items)
          std::cout << item_json(item, *matrix.category(item.category)) << "\n";
      });
  add_matrix_option(*command, program.common, *file);
}

}  // namespace noroshi::publisher
