#include "publisher/submission.h"

#include <utility>

#include "proto/client/refusal.h"
#include "proto/types/limits.h"
#include "proto/wire/decode.h"

namespace noroshi::publisher {
namespace {

constexpr std::int64_t kPause = kMicrosPerSecond;  // before asking again what was put off

}  // namespace

std::uint64_t Submissions::add(v1::SignedReport report, ReportId id) {
  Item item;
  item.bytes = report.report().size();
  item.report = std::move(report);
  item.id = std::move(id);
  unanswered_.emplace(++last_, std::move(item));
  return last_;
}

std::vector<Bytes> Submissions::ready(const wire::ClientSession& session, Micros now) {
  std::vector<Bytes> frames;
  if (session.state() != wire::ClientSession::State::live) return frames;
  // A whole window is put off at once; its answers that are still coming in begin no second pause.
  if (std::exchange(put_off_, false) && now >= not_before_) not_before_ = now + kPause;
  if (now < not_before_) return frames;
  for (auto& [number, item] : unanswered_) {
    if (in_flight_ >= window_) break;
    if (item.in_flight) continue;
    // Large reports fill the window by their size; one may always go.
    if (in_flight_ > 0 && bytes_in_flight_ + item.bytes > limits::kSessionBytes) break;
    frames.push_back(session.submit(number, item.report));
    item.in_flight = true;
    ++in_flight_;
    bytes_in_flight_ += item.bytes;
  }
  return frames;
}

std::optional<Result> Submissions::on(const v1::BrokerMessage& message) {
  Result result;
  if (message.has_accepted()) {
    if (!find(message.accepted().number(), message.accepted().report_id())) return std::nullopt;
    result.number = message.accepted().number();
    result.answer = message.accepted();
  } else if (message.has_rejected()) {
    const v1::Rejected& rejected = message.rejected();
    Item* item = find(rejected.number(), rejected.report_id());
    if (!item) return std::nullopt;
    const Reason reason = wire::from_wire(rejected.reason()).value_or(Reason::malformed);
    Rejection why{reason, rejected.field(), rejected.detail()};
    if (client::passes(reason)) {
      land(*item);
      put_off_ = true;
      item->put_off = std::move(why);
      return std::nullopt;
    }
    result.number = rejected.number();
    result.answer = std::move(why);
  } else {
    return std::nullopt;
  }
  const auto answered = unanswered_.find(result.number);
  land(answered->second);
  unanswered_.erase(answered);
  return result;
}

void Submissions::reconnected() {
  for (auto& [number, item] : unanswered_) land(item);
  put_off_ = false;
  not_before_ = {};
}

std::vector<std::uint64_t> Submissions::unanswered() const {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, item] : unanswered_) numbers.push_back(number);
  return numbers;
}

std::optional<Rejection> Submissions::put_off(std::uint64_t number) const {
  const auto found = unanswered_.find(number);
  return found == unanswered_.end() ? std::nullopt : found->second.put_off;
}

// An answer counts only for the report it names; a Rejected has no id if the broker could not even read the report.
Submissions::Item* Submissions::find(std::uint64_t number, const std::string& id) {
  const auto found = unanswered_.find(number);
  if (found == unanswered_.end() || (!id.empty() && id != found->second.id.value)) return nullptr;
  return &found->second;
}

void Submissions::land(Item& item) {
  if (!item.in_flight) return;
  item.in_flight = false;
  --in_flight_;
  bytes_in_flight_ -= item.bytes;
}

}  // namespace noroshi::publisher
