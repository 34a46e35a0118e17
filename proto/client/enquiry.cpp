#include "proto/client/enquiry.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "proto/client/refusal.h"
#include "proto/client/stop_signal.h"
#include "proto/client/unreachable.h"
#include "proto/wire/signing.h"

namespace noroshi::client {

namespace {

constexpr std::chrono::milliseconds kTurn{50};      // the session wants a tick every 100 ms
constexpr std::int64_t kNotNow = kMicrosPerSecond;  // before asking again

wire::SessionWishes wishes(std::string software) {
  wire::SessionWishes out;
  out.software = std::move(software);
  return out;
}

bool answers(const v1::BrokerMessage& message, std::uint64_t number) {
  return (message.has_board() && message.board().number() == number) ||
         (message.has_proof() && message.proof().number() == number) ||
         (message.has_roster() && message.roster().number() == number);
}

}  // namespace

Enquiry::Enquiry(const cli::Common& common, const std::string& file, const wire::Credential& credential,
                 std::string software, double timeout)
    : common_(common),
      credential_(credential),
      patience_(static_cast<std::int64_t>(timeout * static_cast<double>(kMicrosPerSecond))),
      clock_(cli::wall_clock()),
      broker_keys_(common, file, credential, [](const std::string& text) { spdlog::warn(text); }),
      line_(credential, channel::Door::archive),
      session_(wishes(std::move(software)), wire::random_bytes) {}

Enquiry::~Enquiry() {
  if (session_.state() == wire::ClientSession::State::live) line_.say({session_.goodbye()});
}

v1::BrokerMessage Enquiry::ask(v1::Query query) {
  query.set_number(query_.number() + 1);
  query_ = std::move(query);
  answer_.reset();
  const Micros start = clock_.now();
  say_again(start);
  while (!answer_) {
    if (stop_requested()) throw unreachable(common_({"中断しました", "interrupted"}));
    if (clock_.now() - start > patience_)
      throw unreachable(why_unreachable(common_, credential_, line_.channel().contact()));
    turn();
    if (!answer_) channel::ClientChannel::wait({&line_.channel()}, kTurn);
  }
  broker_keys_.follow(line_.channel(), session_);
  return std::move(*answer_);
}

void Enquiry::turn() {
  if (line_.channel().refused()) throw unreachable(common_(kHandshakeRefused));
  broker_keys_.follow(line_.channel(), session_);
  if (line_.connect_due(clock_.now())) carry_out(session_.connect(clock_.now()));
  while (line_.open() && !answer_) {
    const auto frame = line_.channel().receive();
    if (!frame) break;
    carry_out(session_.on_frame(*frame, clock_.now()));
  }
  if (line_.open()) carry_out(session_.on_tick(clock_.now()));
  if (session_.state() == wire::ClientSession::State::live && say_at_ && *say_at_ <= clock_.now()) {
    say_at_.reset();
    line_.say({session_.query(query_)});
  }
  line_.flush();
}

void Enquiry::carry_out(wire::ClientSession::Output out) {
  line_.say(std::move(out.send));
  if (out.refused) refused(*out.refused);
  for (v1::BrokerMessage& message : out.received) {
    if (message.has_welcome()) {
      line_.stood();
      say_again(clock_.now());
    }
    if (answers(message, query_.number())) answer_ = std::move(message);
  }
  if (out.lost) line_.lost(clock_.now());
}

void Enquiry::refused(Reason reason) {
  if (!passes(reason)) throw unreachable(common_(advice(reason)) + " (" + std::string(name_of(reason)) + ")");
  if (session_.state() == wire::ClientSession::State::refused)
    line_.lost(clock_.now());
  else
    say_again(clock_.now() + kNotNow);
}

cli::Failure Enquiry::unreachable(const std::string& why) const {
  return {cli::kUnreachable, credential_.broker + " (" + credential_.host + "): " + why};
}

}  // namespace noroshi::client
