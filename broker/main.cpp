// noroshi-broker: parse, check, wire together, run.
#include <CLI/CLI.hpp>

#include <iostream>

#include "broker/commands/access.h"
#include "broker/commands/commands.h"
#include "broker/runtime/serve.h"

namespace {

using noroshi::cli::Program;
using noroshi::runtime::Config;

// The one line that says that the broker can take work; scripts wait for it.
void print_ready(const Program& program, const Config& config) {
  if (program.common.json) {
    std::cout << R"({"event":"ready","ports":{"urgent":)" << config.urgent_port() << R"(,"batched":)"
              << config.batched_port() << R"(,"archive":)" << config.archive_port() << R"(,"openUrgent":)"
              << config.open_urgent_port() << R"(,"openBatched":)" << config.open_batched_port() << R"(,"http":)"
              << config.http_port() << "}}" << std::endl;
  } else {
    std::cout << "ready " << config.origin << " " << config.host << " urgent=" << config.urgent_port()
              << " batched=" << config.batched_port() << " archive=" << config.archive_port()
              << " open=" << config.open_urgent_port() << "," << config.open_batched_port()
              << " http=" << config.http_port() << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  Program program("noroshi-broker",
                  {"狼煙のブローカー: 報告を記録し、資格のある全員に届ける",
                   "The Noroshi broker: makes reports durable and pushes them to everyone entitled"},
                  {"noroshi-broker init --data /var/lib/noroshi && noroshi-broker run --data /var/lib/noroshi",
                   "noroshi-broker init --data /var/lib/noroshi && noroshi-broker run --data /var/lib/noroshi"});
  std::filesystem::path data;
  return program.run(argc, argv, [&](Program& p) {
    CLI::App* run =
        p.command("run", {"ブローカーを動かす(SIGTERM/SIGINT まで)", "Serve until SIGTERM or SIGINT"},
                  {"noroshi-broker run --data /var/lib/noroshi", "noroshi-broker run --data /var/lib/noroshi"}, [&] {
                    noroshi::broker::guarded([&] {
                      const noroshi::broker::Access access(p.common, data);  // says so if there is none
                      noroshi::runtime::serve(access.data, [&](const Config& config) { print_ready(p, config); });
                    });
                  });
    noroshi::broker::add_data_option(p, *run, data);
    noroshi::broker::add_commands(p);
  });
}
