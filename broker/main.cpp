// noroshi-broker: parse, check, wire together, run.
#include <iostream>

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
  Program program("noroshi-broker", {"狼煙の中継局: 報告を記録し、資格のある全員に届ける", "The Noroshi broker: makes reports durable and pushes them to everyone entitled"},
                  {"noroshi-broker init --data /var/lib/noroshi && noroshi-broker run --data /var/lib/noroshi",
                   "noroshi-broker init --data /var/lib/noroshi && noroshi-broker run --data /var/lib/noroshi"});
  std::string data;
  return program.run(argc, argv, [&](Program& p) {
    CLI::App* run = p.command("run", {"中継局を動かす(SIGTERM/SIGINT まで)", "Serve until SIGTERM or SIGINT"},
                              {"noroshi-broker run --data /var/lib/noroshi", "noroshi-broker run --data /var/lib/noroshi"},
                              [&] {
                                try {
                                  noroshi::runtime::serve({data}, [&](const Config& config) { print_ready(p, config); });
                                } catch (const noroshi::runtime::ConfigError& error) {
                                  throw noroshi::cli::Failure(noroshi::cli::kUsage, error.what());
                                }
                              });
    run->add_option("--data", data, p.common({"データディレクトリ", "data directory"}))->required();
    noroshi::broker::add_commands(p);
  });
}
