#include "broker/runtime/silence_call.h"

#include <boost/json.hpp>
#include <spdlog/spdlog.h>

#include "proto/cli/run_program.h"

namespace noroshi::runtime {

namespace {

constexpr int kSeconds = 30;

std::string json_of(const Member& member, const std::string& door) {
  boost::json::object name;
  for (const auto& [language, text] : member.name) name[language] = text;
  return boost::json::serialize(
             boost::json::object{{"event", "member_silent"},
                                 {"organization", member.organization},
                                 {"name", std::move(name)},
                                 {"door", door},
                                 {"contact", member.contacts.empty() ? "" : member.contacts.front()}}) +
         "\n";
}

}  // namespace

SilenceCall::SilenceCall(std::vector<std::string> command)
    : command_(std::move(command)),
      worker_([](const char* what) { spdlog::error("silent.command: {}", what); }, Worker::Priority::background) {}

SilenceCall::~SilenceCall() { stop_ = true; }

void SilenceCall::silent(const Member& member, const std::string& door) {
  if (command_.empty()) return;
  worker_.post([this, line = json_of(member, door)] {
    if (stop_) return;
    const std::string trouble = cli::run_program(command_, line, kSeconds, stop_);
    if (!trouble.empty()) spdlog::error("silent.command: {}", trouble);
  });
}

}  // namespace noroshi::runtime
