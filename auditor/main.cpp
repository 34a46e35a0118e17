#include "auditor/board.h"
#include "auditor/replay.h"
#include "proto/cli/cli.h"

int main(int argc, char** argv) {
  using namespace noroshi;
  cli::Program program(
      "noroshi-auditor",
      {"狼煙の監査側: ログを読み返し、確かめる", "Noroshi's auditor: reads the log again and checks it"},
      {"noroshi-auditor replay --credential auditor.toml --from 1",
       "noroshi-auditor replay --credential auditor.toml --from 1"});
  return program.run(argc, argv, [](cli::Program& p) {
    auditor::add_replay(p);
    auditor::add_board(p);
  });
}
