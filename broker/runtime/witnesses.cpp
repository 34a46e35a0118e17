#include "broker/runtime/witnesses.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>

#include "broker/store/sqlite_log.h"
#include "proto/cli/cli.h"
#include "proto/web/client.h"

namespace noroshi::runtime {

namespace {

constexpr std::int64_t kTimeoutSeconds = 10;
constexpr std::size_t kAnswerBytes = 16 * 1024;         // some signature lines
constexpr auto kLook = std::chrono::milliseconds(100);  // at whether there is a newer checkpoint

tlog::WitnessClient::Post posting_to(web::Address address, web::Client& client) {
  address.target += address.target.ends_with('/') ? "add-checkpoint" : "/add-checkpoint";
  return [address = std::move(address), &client](const std::string& request) {
    const std::string agent = "noroshi-broker/" + std::string(cli::kVersion);
    web::Answer answer = client.post(address, {{"User-Agent", agent}, {"Content-Type", "text/plain; charset=utf-8"}},
                                     request, kAnswerBytes);
    return tlog::WitnessReply{answer.status, std::move(answer.type), std::move(answer.body), std::move(answer.trouble)};
  };
}

void tell(const std::string& name, const tlog::Verdict& verdict) {
  if (verdict.contradiction) return spdlog::error("witness {}: {}", name, verdict.trouble);
  if (!verdict.trouble.empty()) return spdlog::warn("witness {}: {}", name, verdict.trouble);
  spdlog::info("witness {}: cosigns", name);
}

}  // namespace

Witnesses::Witnesses(const std::vector<WitnessSettings>& witnesses, const fs::path& log,
                     const http::SnapshotBox& snapshots, Cosignatures& cosignatures)
    : snapshots_(snapshots), cosignatures_(cosignatures) {
  for (std::size_t i = 0; i < witnesses.size(); ++i)
    threads_.emplace_back([this, i, &witness = witnesses[i], log] { attend(i, witness, log); });
}

Witnesses::~Witnesses() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& each : threads_) each.join();
}

bool Witnesses::pause() {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, kLook, [this] { return stop_.load(); });
}

void Witnesses::attend(std::size_t which, const WitnessSettings& witness, const fs::path& log) {
  using Clock = std::chrono::steady_clock;
  try {
    const auto reader = store::open_sqlite_reader(log);
    web::Client client({}, kTimeoutSeconds, stop_);
    tlog::WitnessClient asking(
        witness.key, [&reader](tlog::Node node) { return reader->tree_hash(node); }, posting_to(witness.url, client));
    while (pause()) {
      const std::string checkpoint = cosignatures_.due(which, snapshots_.get()->checkpoint, Clock::now());
      if (checkpoint.empty()) continue;
      const tlog::Verdict verdict = asking.ask(checkpoint);
      if (stop_) return;
      if (cosignatures_.answered(which, checkpoint, verdict, Clock::now(), cli::wall_clock()))
        tell(witness.name, verdict);
    }
  } catch (const std::exception& error) {  // the log cannot be read: the reactor meets that too, and stops
    spdlog::error("witness {}: is asked no more: {}", witness.name, error.what());
  }
}

}  // namespace noroshi::runtime
