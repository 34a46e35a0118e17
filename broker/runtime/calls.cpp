#include "broker/runtime/calls.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "broker/runtime/call_command.h"
#include "broker/runtime/call_webhook.h"
#include "broker/runtime/recovery.h"

namespace noroshi::runtime {

Calls::Calls(const CallSettings& settings, const fs::path& folder) {
  std::error_code error;
  const auto way = [&](const char* name, bool wanted, const Caller::Make& make) {
    // Should it be wanted again, it begins anew.
    if (!wanted) return void(fs::remove(folder / name, error));
    callers_.emplace_back(std::string("overdue.") + name, make, folder / name);
  };
  fs::create_directory(folder, error);
  way("command", !settings.command.empty(),
      [&](const std::atomic<bool>& stop) { return std::make_unique<CallCommand>(settings.command, stop); });
  way("webhook", settings.webhook.has_value(),
      [&](const std::atomic<bool>& stop) { return std::make_unique<CallWebhook>(*settings.webhook, stop); });
}

void Calls::go_on(const core::Broker& broker, store::Reader& log, Micros now) {
  const Seq head = broker.head();
  for (Caller& caller : callers_)
    for_each_record(log, std::max(next(caller.begin(head)), recent_in(head)), {{EntryKind::overdue}, std::nullopt},
                    [&](const Record& overdue) {
                      if (const auto call = broker.call_of(overdue, now)) caller.call(*call);
                    });
}

void Calls::make(const core::Call& call) {
  for (Caller& caller : callers_) caller.call(call);
}

}  // namespace noroshi::runtime
