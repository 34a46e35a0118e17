#include "auditor/board.h"

#include <CLI/CLI.hpp>

#include <memory>

#include "proto/cli/board_view.h"
#include "proto/cli/credential.h"
#include "proto/client/enquiry.h"
#include "proto/client/positive.h"
#include "proto/client/stop_signal.h"

namespace noroshi::auditor {

namespace {

struct BoardOptions {
  std::string credential;
  std::string report;
  double timeout = 30;
};

void show_board(const cli::Common& common, const BoardOptions& options) {
  const wire::Credential credential = cli::enrolled_credential(common, options.credential);
  client::watch_stop_signals();
  client::Enquiry broker(common, options.credential, credential, "noroshi-auditor/" + std::string(cli::kVersion),
                         options.timeout);
  v1::Query query;
  query.mutable_board()->set_report_id(options.report);
  cli::show_board(common, options.report, broker.ask(std::move(query)).board().board());
}

}  // namespace

void add_board(cli::Program& program) {
  const auto options = std::make_shared<BoardOptions>();
  constexpr std::string_view kExample = "noroshi-auditor board --credential auditor.toml";
  CLI::App* app = program.command("board",
                                  {"疎通確認: 報告が誰に届き、開かれ、回答されたかを表示する",
                                   "Shows who has received, opened and answered a report"},
                                  {kExample, kExample}, [&program, options] { show_board(program.common, *options); });
  const cli::Common& c = program.common;
  app->add_option("REPORT", options->report,
                  c({"報告の ID。省略すると最近のもの", "A report's id; the newest if left out"}))
      ->option_text("[ID]");
  app->add_option("--credential", options->credential, c({"監査者の資格情報ファイル", "The auditor's credential file"}))
      ->required()
      ->option_text("F");
  app->add_option("--timeout", options->timeout, c({"待つ秒数", "Seconds to wait"}))
      ->check(client::positive(c))
      ->option_text("S");
}

}  // namespace noroshi::auditor
