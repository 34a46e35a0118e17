// validate: every rule that a report must keep by itself, without a broker.
#include <CLI/CLI.hpp>

#include <memory>

#include "publisher/commands.h"
#include "publisher/prepare.h"
#include "publisher/results.h"
#include "schemas/report_check.h"

namespace noroshi::publisher {
namespace {

struct Options {
  std::string from = "json";
  std::string matrix;
  std::vector<std::string> files;
};

void validate(cli::Program& program, const Options& options) {
  const Matrix matrix = matrix_at(program.common, options.matrix);
  const Terms terms{matrix, std::nullopt, std::nullopt, cli::wall_clock()};
  const std::vector<Prepared> all =
      prepare_files(options.files, *importer_named(options.from), terms, [&](const std::string& why) {
        program.complain(why);
        program.worse(cli::kFailed);
      });
  std::vector<Subject> subjects;
  for (const Prepared& each : all) subjects.push_back(subject_of(each));
  Results results(program.common, std::move(subjects));
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (const auto* broken = std::get_if<Rejection>(&all[i].outcome)) {
      program.worse(cli::kRejected);
      results.set(i, *broken);
    } else {
      results.set(i, Valid{lane_of(matrix, std::get<Checked>(all[i].outcome).report.item, Posture::normal)});
    }
  }
  results.summary();
}

}  // namespace

void add_validate(cli::Program& program) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = program.command(
      "validate", {"送らずに報告を確認する (ブローカー不要)", "Check reports without sending them (needs no broker)"},
      {"noroshi-publisher validate report.json", "noroshi-publisher validate report.json"},
      [&program, options] { validate(program, *options); });
  command
      ->add_option("FILE", options->files,
                   program.common({"報告のファイル (- は標準入力)", "Files of reports (- is standard input)"}))
      ->required()
      ->option_text("...");
  add_from_option(*command, program.common, options->from);
  add_matrix_option(*command, program.common, options->matrix);
}

}  // namespace noroshi::publisher
