// noroshi-publisher: makes, checks and sends reports.
#include <CLI/CLI.hpp>

#include <filesystem>

#include "proto/cli/cli.h"
#include "publisher/commands.h"
#include "schemas/matrix_loader.h"

namespace noroshi::publisher {

void add_matrix_option(CLI::App& command, const cli::Common& common, std::string& file) {
  command
      .add_option(
          "--matrix", file,
          common({"マトリックスのファイル (matrix.toml)", "The matrix of information to be shared (matrix.toml)"}))
      ->option_text("FILE");
}

void add_from_option(CLI::App& command, const cli::Common& common, std::string& format) {
  command
      .add_option("--from", format,
                  common({"入力の形式: json (既定)、kev (CISA KEV カタログ)",
                          "Form of the input: json (default), kev (CISA's KEV catalogue)"}))
      ->check(CLI::IsMember({"json", "kev"}))
      ->option_text("json|kev");
}

Matrix matrix_at(const cli::Common& common, const std::string& file) {
  const std::filesystem::path path = matrix_path(file);
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw cli::Failure(cli::kFailed,
                       path.string() + common({": ファイルがありません。--matrix で指定してください",
                                               ": there is no such file; name the matrix with --matrix"}));
  try {
    return load_matrix(path);
  } catch (const MatrixError& wrong) {
    throw cli::Failure(cli::kUsage, wrong.what());
  }
}

}  // namespace noroshi::publisher

int main(int argc, char** argv) {
  using namespace noroshi;
  cli::Program program("noroshi-publisher",
                       {"脅威情報を作成・確認し、情報連絡・情報提供として送る",
                        "Makes, checks and sends reports to be shared with critical infrastructure organisations."},
                       {"noroshi-publisher template C.it-failure > report.json\n"
                        "  noroshi-publisher validate report.json\n"
                        "  noroshi-publisher send --credential operator.toml report.json",
                        "noroshi-publisher template C.it-failure > report.json\n"
                        "  noroshi-publisher validate report.json\n"
                        "  noroshi-publisher send --credential operator.toml report.json"});
  return program.run(argc, argv, [](cli::Program& p) {
    publisher::add_items(p);
    publisher::add_template(p);
    publisher::add_validate(p);
    publisher::add_keygen(p);
    publisher::add_send(p);
    publisher::add_run(p);
  });
}
