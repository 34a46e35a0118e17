#include "broker/runtime/caller.h"

#include <boost/json.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdint>
#include <fstream>

namespace noroshi::runtime {

namespace {
constexpr std::size_t kMostWaiting = 1000;
}

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

Caller::Caller(std::string name, const Make& make, std::filesystem::path place)
    : name_(std::move(name)),
      place_(std::move(place)),
      way_(make(stop_)),
      worker_([this](const char* what) { spdlog::error("{}: {}", name_, what); }, Worker::Priority::background) {}

Caller::~Caller() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
}

Seq Caller::begin(Seq head) {
  std::uint64_t seq = 0;
  // Behind the head it is of a log that had more entries: this one is an older copy.
  if (std::ifstream(place_) >> seq && seq <= head.value) return Seq{seq};
  reached(head);
  return head;
}

void Caller::call(const core::Call& call) {
  if (waiting_ >= kMostWaiting)
    return spdlog::error("{}: too much waits: nobody is called for entry {}; see noroshi-broker board", name_,
                         call.entry.value);
  ++waiting_;
  worker_.post([this, call] {
    make(call);
    --waiting_;
  });
}

void Caller::make(const core::Call& call) {
  for (int failures = 1; !stop_; ++failures) {
    const std::string trouble = way_->take(call);
    if (trouble.empty()) return reached(call.entry);
    if (stop_) return;
    spdlog::warn("{}: attempt {}: {}", name_, failures, trouble);
    const auto pause = way_->patience(failures);
    if (!pause) {
      spdlog::error("{} has failed: nobody was called; see noroshi-broker board", name_);
      return reached(call.entry);
    }
    if (stopped_within(*pause)) return;
  }
}

bool Caller::stopped_within(std::int64_t microseconds) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, std::chrono::microseconds(microseconds), [this] { return stop_.load(); });
}

// Of a machine that loses power the file may be an older one: somebody is rather called twice than not at all.
void Caller::reached(Seq entry) {
  const std::filesystem::path unfinished = place_.string() + ".new";
  const bool written = (std::ofstream(unfinished) << entry.value << '\n').flush().good();
  std::error_code error = std::make_error_code(std::errc::io_error);
  if (written) std::filesystem::rename(unfinished, place_, error);
  if (error)
    spdlog::warn("{} cannot be written: a restart may call again what was called: {}", place_.string(),
                 error.message());
}

}  // namespace noroshi::runtime
