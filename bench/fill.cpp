// bench/fill: a log of many entries, by way of a running broker: as many members as there are credentials publish to the
// batched lane as fast as each may.
#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "bench/peers.h"

int main(int argc, char** argv) {
  CLI::App app("Publishes reports until the broker has accepted that many");
  std::uint64_t count = 0;
  std::vector<std::filesystem::path> credentials;
  app.add_option("count", count)->required();
  app.add_option("credential", credentials)->required()->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  try {
    std::vector<std::unique_ptr<noroshi::bench::Flood>> floods;
    for (const auto& file : credentials)
      floods.push_back(std::make_unique<noroshi::bench::Flood>(noroshi::wire::load_credential(file)));
    const auto accepted = [&] {
      std::uint64_t sum = 0;
      for (const auto& flood : floods) sum += flood->accepted();
      return sum;
    };
    while (accepted() < count) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::cout << accepted() << "\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
