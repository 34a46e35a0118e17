// validate: every rule that a report must keep by itself, without a broker.
#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "publisher/commands.h"
#include "publisher/placeholder.h"
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

// A template is valid, but not yet a report.
void notice_placeholder(const cli::Common& c, const std::string& where, const Report& report) {
  if (const auto path = first_placeholder(report))
    std::cerr << c({"注意: ", "note: "}) << cli::printable(where + ": " + *path)
              << c({" がひな形のままです。書き込んでから送ってください",
                    " still is the template's placeholder: write the text before you send it"})
              << "\n";
}

void validate(cli::Program& program, const Options& options) {
  const Matrix matrix = matrix_at(program.common, options.matrix);
  const Terms terms{matrix, std::nullopt, std::nullopt, cli::wall_clock()};
  std::size_t unreadable = 0;
  const std::vector<Prepared> all =
      prepare_files(options.files, *importer_named(options.from), terms, [&](const std::string& why) {
        ++unreadable;
        program.complain(why);
        program.worse(cli::kFailed);
      });
  Results results(program.common, subjects_of(all));
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (const auto* broken = std::get_if<Rejection>(&all[i].outcome)) {
      program.worse(cli::kRejected);
      results.set(i, *broken);
    } else {
      const Report& report = std::get<Checked>(all[i].outcome).report;
      results.set(i, Valid{lane_of(matrix, report.item, Posture::normal)});
      notice_placeholder(program.common, all[i].where, report);
    }
  }
  results.summary(unreadable);
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
