#include "broker/runtime/driver.h"

#include <algorithm>

#include "broker/runtime/submission.h"

namespace noroshi::runtime {

void Driver::handle(core::Command command) {
  const auto newest = [&]() -> const ReportId& {
    if (!newest_) newest_ = shell_.log().newest_report();
    return *newest_;
  };
  if (auto* submit = std::get_if<core::Submit>(&command)) {
    look_up(*submit, shell_.log(), newest());
  } else if (auto* receipt = std::get_if<core::SubmitReceipt>(&command)) {
    look_up(*receipt, shell_.log(), newest(), broker_);
  } else if (const auto* committed = std::get_if<core::Committed>(&command); committed && newest_) {
    for (const RecordPtr& record : committed->records)
      if (const Report* report = record->report()) newest_ = std::max(*newest_, report->id);
  }
  carry_out(broker_.step(command, shell_.now()));
}

bool Driver::admits(const core::Arrival& arrival) {
  core::Outcome outcome = broker_.step(arrival, shell_.now());
  const bool dropped = outcome.dropped;
  carry_out(std::move(outcome));
  return !dropped;
}

void Driver::cut() { carry_out(broker_.step(core::Cut{}, shell_.now())); }

void Driver::finish_turn() {
  cut();
  if (broker_.sessions_wait()) carry_out(broker_.step(core::Continue{}, shell_.now()));
}

// What the core wants sent was made durable before: it speaks of a report only once it has seen Committed.
void Driver::carry_out(core::Outcome outcome) {
  if (!outcome.append.empty()) shell_.append(std::move(outcome.append));
  for (const core::Send& send : outcome.send) shell_.send(send.peer, send.message);
  for (const core::FeedItem& item : outcome.feed) shell_.publish(item);
  for (core::ReadRequest& request : outcome.read) shell_.read(std::move(request));
  for (core::ProofRequest& request : outcome.prove) shell_.prove(std::move(request));
  for (const PeerId peer : outcome.close) shell_.close(peer);
  for (const core::Call& call : outcome.calls) shell_.call(call);
  for (const core::AdminDone& done : outcome.admin) shell_.admin_done(done);
  for (const core::Event& event : outcome.events) shell_.note(event);
}

}  // namespace noroshi::runtime
