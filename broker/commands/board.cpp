// board
#include <CLI/CLI.hpp>

#include <memory>

#include "broker/commands/access.h"
#include "broker/commands/parts.h"
#include "proto/cli/board_view.h"

namespace noroshi::broker {
namespace {

struct BoardOptions {
  fs::path data;
  std::string report;
};

void show_board(const cli::Common& common, const BoardOptions& options) {
  const Access access(common, options.data);
  v1::AdminRequest request;
  request.mutable_board()->set_report_id(options.report);
  // Some at a time: the broker has alerts to deliver meanwhile.
  v1::Board board;
  for (;;) {
    const v1::Board some = access.ask(request).reply.board();
    board.MergeFrom(some);
    if (some.reports().empty() || !options.report.empty()) break;
    request.mutable_board()->set_after(some.reports().rbegin()->seq());
  }
  cli::show_board(common, options.report, board);
}

}  // namespace

void add_board(cli::Program& program) {
  const auto options = std::make_shared<BoardOptions>();
  CLI::App* command = program.command(
      "board",
      {"疎通確認: 報告が誰に届き、開かれ、回答されたかを表示する", "Show who has received, opened and answered"},
      {"noroshi-broker board 0190f3c2-7d5e-7abc-8def-0123456789ab --data /var/lib/noroshi",
       "noroshi-broker board 0190f3c2-7d5e-7abc-8def-0123456789ab --data /var/lib/noroshi"},
      [&program, options] { guarded([&] { show_board(program.common, *options); }); });
  command
      ->add_option("REPORT", options->report,
                   program.common({"報告の ID。省略するとすべて", "A report's id; all if left out"}))
      ->option_text("[ID]");
  add_data_option(program, *command, options->data);
}

}  // namespace noroshi::broker
