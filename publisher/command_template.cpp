// template: a report to fill in.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <iostream>
#include <memory>

#include "publisher/commands.h"
#include "publisher/placeholder.h"

namespace noroshi::publisher {
namespace {

namespace json = boost::json;

std::string in(const Localized& label, const char* language) {
  const auto found = label.find(language);
  return found == label.end() ? std::string() : found->second;
}

json::object to_fill(const std::string& ja, const std::string& en) {
  json::object out;
  for (const auto& [language, words] : placeholder(ja, en)) out.emplace(language, words);
  return out;
}

json::object skeleton(const MatrixItem& item) {
  json::array sections;
  for (const MatrixField& field : item.fields)
    sections.push_back(json::object{
        {"field", field.id}, {"state", "KNOWN"}, {"text", to_fill(in(field.label, "ja"), in(field.label, "en"))}});
  return {{"item", item.id},
          {"status", "ACTUAL"},
          {"tlp", "GREEN"},
          {"title", to_fill("件名 - " + in(item.label, "ja"), "title - " + in(item.label, "en"))},
          {"sections", std::move(sections)}};
}

// Boost.JSON writes one line only; this one is for people to edit. Nothing but objects, arrays and strings is in it.
void print_indented(const json::value& value, const std::string& indent) {
  const std::string inner = indent + "  ";
  const char* between = "\n";
  if (const json::object* object = value.if_object()) {
    std::cout << "{";
    for (const auto& [key, each] : *object) {
      std::cout << std::exchange(between, ",\n") << inner << json::serialize(json::string(key)) << ": ";
      print_indented(each, inner);
    }
    std::cout << "\n" << indent << "}";
  } else if (const json::array* array = value.if_array()) {
    std::cout << "[";
    for (const json::value& each : *array) {
      std::cout << std::exchange(between, ",\n") << inner;
      print_indented(each, inner);
    }
    std::cout << "\n" << indent << "]";
  } else {
    std::cout << json::serialize(value);
  }
}

void print_template(const cli::Common& common, const Matrix& matrix, const std::string& id) {
  const MatrixItem* item = matrix.item(id);
  if (!item) {
    std::string all;
    for (const MatrixItem& each : matrix.items) all += "\n  " + each.id;
    throw cli::Failure(cli::kUsage, common({"そのような項目はありません: ", "there is no such item: "}) + id +
                                        common({"\n項目の一覧:", "\nthe items:"}) + all);
  }
  const json::value report = skeleton(*item);
  if (common.json)
    std::cout << json::serialize(report);
  else
    print_indented(report, "");
  std::cout << "\n";
}

}  // namespace

void add_template(cli::Program& program) {
  struct Options {
    std::string item;
    std::string matrix;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      program.command("template", {"項目のひな形 (JSON) を表示する", "Print a report of an item to fill in (JSON)"},
                      {"noroshi-publisher template C.it-failure > report.json",
                       "noroshi-publisher template C.it-failure > report.json"},
                      [&program, options] {
                        print_template(program.common, matrix_at(program.common, options->matrix), options->item);
                      });
  command->add_option("ITEM", options->item, program.common({"項目 (items で一覧)", "The item (see items)"}))
      ->required()
      ->option_text(" ");
  add_matrix_option(*command, program.common, options->matrix);
}

}  // namespace noroshi::publisher
