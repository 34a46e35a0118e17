#include "broker/runtime/caller.h"

#include <boost/json.hpp>
#include <spdlog/spdlog.h>

#include "proto/cli/run_program.h"

namespace noroshi::runtime {

namespace {
constexpr int kAttempts = 3;
constexpr int kSecondsEach = 30;
}  // namespace

std::string call_json(const core::Call& call) {
  boost::json::array organizations;
  for (const core::Call::Behind& each : call.organizations) {
    boost::json::object name;
    for (const auto& [language, text] : each.name) name[language] = text;
    organizations.push_back(
        {{"organization", each.organization}, {"name", std::move(name)}, {"contact", each.contact}});
  }
  return boost::json::serialize(boost::json::object{{"event", "overdue"},
                                                    {"id", call.report.value},
                                                    {"seq", call.seq.value},
                                                    {"item", call.item},
                                                    {"tlp", call.tlp},
                                                    {"status", name_of(call.status)},
                                                    {"stage", name_of(call.stage)},
                                                    {"organizations", std::move(organizations)}}) +
         "\n";
}

Caller::Caller(std::vector<std::string> command)
    : command_(std::move(command)),
      worker_([](const char* what) { spdlog::error("overdue.command: {}", what); }, Worker::Priority::background) {}

void Caller::call(const core::Call& call) {
  if (command_.empty()) return;
  worker_.post([this, text = call_json(call)] { start(text); });
}

void Caller::start(const std::string& text) {
  std::string trouble;
  for (int attempt = 1; attempt <= kAttempts && !stop_; ++attempt) {
    trouble = cli::run_program(command_, text, kSecondsEach, stop_);
    if (trouble.empty()) return;
    spdlog::warn("overdue.command: attempt {} of {}: {}", attempt, kAttempts, trouble);
  }
  if (!stop_) spdlog::error("overdue.command has failed: nobody was called; see noroshi-broker board");
}

}  // namespace noroshi::runtime
