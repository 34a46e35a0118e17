// crash_states --store broker|subscriber|publisher [--states N] [--seed S] [--state I] [--faults]: README.md.
#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <iostream>

#include "tests/crash/campaign.h"

int main(int argc, char** argv) {
  using namespace noroshi::crash;
  spdlog::set_level(spdlog::level::off);
  Plan plan;
  CLI::App app{"Power cuts under the program's stores, and calls that fail"};
  app.add_option("--store", plan.store, "broker, subscriber or publisher")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>(std::begin(kStores), std::end(kStores))));
  app.add_option("--states", plan.states, "how many crashes are looked at");
  app.add_option("--seed", plan.seed, "what all chance comes from");
  app.add_option("--state", plan.only, "this one only, to see it again");
  app.add_flag("--faults", plan.faults, "every call of a story fails in turn, and what follows is looked at");
  CLI11_PARSE(app, argc, argv);
  const auto begun = std::chrono::steady_clock::now();
  const Verdict verdict = run_campaign(plan);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::cout << plan.store << (plan.faults ? ", failing calls" : "") << ", seed " << plan.seed << ": " << verdict.states
            << " states of " << verdict.stories << " stories with " << verdict.changes << " changes, " << took.count()
            << " s\n";
  if (verdict.broken.empty()) return 0;
  std::cout << "BROKEN: " << verdict.broken << "\n";
  return 1;
}
