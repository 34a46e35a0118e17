#include "auditor/replay.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <iostream>
#include <memory>

#include "auditor/entry_view.h"
#include "auditor/log_walk.h"
#include "auditor/replay_options.h"
#include "proto/cli/credential.h"
#include "proto/client/stop_signal.h"
#include "proto/wire/credential.h"
#include "schemas/matrix_loader.h"

namespace noroshi::auditor {

namespace {

void show(cli::Program& program, LogWalk& walk, const ReplayOptions& options, const Matrix& matrix,
          const ReplayEntry& entry) {
  const cli::Common& common = program.common;
  if (entry.signature != client::Check::valid && !entry.redacted) {
    program.worse(cli::kUnverified);
    walk.log(spdlog::level::err, "#" + std::to_string(entry.entry.seq.value) + ": " +
                                     common({"署名を確認できません: ", "signature does not hold: "}) +
                                     std::string(name_of(entry.signature)));
  }
  std::cout << (common.json ? entry_json(entry, options.bytes) + "\n" : entry_text(common, matrix, entry));
  if (!std::cout) throw cli::output_lost();
}

void replay(cli::Program& program, const ReplayOptions& options) {
  Matrix matrix;
  try {
    matrix = load_matrix(matrix_path(options.matrix));
  } catch (const MatrixError& error) {
    throw cli::Failure(cli::kUsage, error.what());
  }
  ReplayOrder order = order_of(program.common, options, matrix);
  const wire::Credential credential = cli::enrolled_credential(program.common, options.credential);
  client::watch_stop_signals();
  LogWalk walk(program.common, {options.credential, options.timeout}, credential, std::move(order), true);
  if (options.pace > 0) walk.keep(Pace(options.pace));
  walk.run([&](const ReplayEntry& entry) { show(program, walk, options, matrix, entry); });
}

}  // namespace

void add_replay(cli::Program& program) {
  const auto options = std::make_shared<ReplayOptions>();
  constexpr std::string_view kExample =
      "noroshi-auditor replay --credential auditor.toml C --from 2026-06-01T00:00:00+09:00";
  CLI::App* app = program.command("replay", {"ログを順に表示する", "Shows the log, in order"}, {kExample, kExample},
                                  [&program, options] { replay(program, *options); });
  add_options(*app, program.common, *options);
}

}  // namespace noroshi::auditor
