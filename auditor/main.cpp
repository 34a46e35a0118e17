#include "auditor/board.h"
#include "auditor/export.h"
#include "auditor/prove.h"
#include "auditor/receipts.h"
#include "auditor/replay.h"
#include "auditor/verify.h"
#include "proto/cli/cli.h"

int main(int argc, char** argv) {
  using namespace noroshi;
  cli::Program program(
      "noroshi-auditor",
      {"狼煙の監査側: ログを読み返し、確かめる", "Noroshi's auditor: reads the log again and checks it"},
      {"noroshi-auditor verify --credential auditor.toml --checkpoint noroshi.checkpoint",
       "noroshi-auditor verify --credential auditor.toml --checkpoint noroshi.checkpoint"});
  return program.run(argc, argv, [](cli::Program& p) {
    auditor::add_replay(p);
    auditor::add_board(p);
    auditor::add_verify(p);
    auditor::add_prove(p);
    auditor::add_export(p);
    auditor::add_receipts(p);
  });
}
