#include "proto/cli/cli.h"
#include "subscriber/checkpoint_command.h"
#include "subscriber/inbox_commands.h"
#include "subscriber/run.h"
#include "subscriber/watch.h"

int main(int argc, char** argv) {
  using namespace noroshi;
  cli::Program program("noroshi-subscriber",
                       {"狼煙の受信側: 共有された情報を受け取る", "Noroshi's subscriber: receives what is shared"},
                       {"noroshi-subscriber watch --credential bank.toml C B.c",
                        "noroshi-subscriber watch --credential bank.toml C B.c"});
  return program.run(argc, argv, [](cli::Program& p) {
    subscriber::add_watch(p);
    subscriber::add_run(p);
    subscriber::add_inbox_commands(p);
    subscriber::add_checkpoint(p);
  });
}
