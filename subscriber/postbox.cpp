#include "subscriber/postbox.h"

#include <spdlog/spdlog.h>

#include <charconv>
#include <optional>

#include "proto/client/refusal.h"
#include "proto/types/limits.h"
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"

namespace noroshi::subscriber {

namespace {

constexpr std::int64_t kSayAgain = 5 * kMicrosPerSecond;  // the broker answers within a commit; this one got lost
constexpr std::int64_t kPause = kMicrosPerSecond;         // after "not now"

std::vector<std::int64_t> numbers(const std::vector<Owed>& receipts) {
  std::vector<std::int64_t> out;
  for (const Owed& each : receipts) out.push_back(each.number);
  return out;
}

// "reportIds[7]" -> 7: which of them the broker means.
std::optional<std::size_t> index_in(const std::string& field) {
  const auto open = field.find('[');
  if (open == std::string::npos) return std::nullopt;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(field.data() + open + 1, field.data() + field.size(), index);
  return error == std::errc{} ? std::optional(index) : std::nullopt;
}

}  // namespace

std::vector<Bytes> Postbox::ready(const Subscription& session, Micros now) {
  if (letter_.empty()) {
    if (!look_ || now < not_before_) return {};
    letter_ = next_letter();
    look_ = !letter_.empty();
    if (letter_.empty()) return {};
    ++number_;
  } else if (now - sent_at_ < kSayAgain) {
    return {};
  }
  sent_at_ = now;
  return {frame(session)};
}

// The first that is owed; with a DELIVERED one, all others as far as they fit.
std::vector<Owed> Postbox::next_letter() {
  std::vector<Owed> letter = inbox_.owed(limits::kReceiptReports);
  if (letter.empty()) return letter;
  if (letter.front().stage != Stage::delivered)
    letter.resize(1);
  else
    std::erase_if(letter, [](const Owed& each) { return each.stage != Stage::delivered; });
  return letter;
}

Bytes Postbox::frame(const Subscription& session) const {
  const Owed& first = letter_.front();
  Receipt receipt;
  receipt.organization = credential_.organization;
  receipt.stage = first.stage;
  for (const Owed& each : letter_) receipt.reports.push_back(ReportId{each.report});
  receipt.answer = first.answer;
  receipt.note = first.note;
  receipt.at = first.at;
  receipt.seen = seen_;
  return session.receipt(number_, wire::sign_receipt(credential_.signing, receipt));
}

void Postbox::on(const v1::BrokerMessage& answer, Micros now) {
  const bool accepted = answer.has_receipt_accepted();
  if (letter_.empty() || (accepted ? answer.receipt_accepted().number() : answer.rejected().number()) != number_)
    return;
  if (accepted)
    inbox_.settle(numbers(letter_));
  else
    on_rejected(answer.rejected(), now);
  letter_.clear();
  look_ = true;
}

void Postbox::on_rejected(const v1::Rejected& rejected, Micros now) {
  const Reason reason = wire::from_wire(rejected.reason()).value_or(Reason::malformed);
  if (client::passes(reason)) {
    not_before_ = now + kPause;
    return;
  }
  const std::string why = std::string(name_of(reason)) + ": " + rejected.detail();
  // One that the broker does not know of must not keep the others from it.
  const auto which = index_in(rejected.field());
  if (reason == Reason::relation_unknown && which && *which < letter_.size())
    refused({letter_[*which]}, why);
  else
    refused(letter_, why);
}

void Postbox::refused(const std::vector<Owed>& receipts, const std::string& why) {
  inbox_.settle(numbers(receipts), why);
  for (const Owed& each : receipts)
    spdlog::warn(say({"受領の通知を受け付けてもらえませんでした: ", "the broker refused a receipt for good: "}) +
                 each.report + " " + std::string(name_of(each.stage)) + ": " + cli::printable(why));
}

void Postbox::reconnected() {
  letter_.clear();
  not_before_ = {};
  look_ = true;
}

}  // namespace noroshi::subscriber
