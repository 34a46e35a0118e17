#include "publisher/courier.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include "proto/cli/cli.h"
#include "proto/client/clock.h"
#include "proto/client/refusal.h"
#include "proto/client/stop_signal.h"
#include "proto/types/words.h"
#include "proto/wire/client_session.h"
#include "proto/wire/signing.h"
#include "schemas/report_check.h"

namespace noroshi::publisher {
namespace {

constexpr std::int64_t kRetry = kMicrosPerSecond / 2;  // before asking again at a broker that is stopping or full
constexpr std::size_t kFramesPerTurn = 256;            // from one lane before the other has its turn
constexpr std::chrono::milliseconds kWait{50};

wire::SessionWishes wishes() {
  wire::SessionWishes out;
  out.software = "noroshi-publisher " + std::string(cli::kVersion);
  return out;
}

// What lay in the outbox may be of an item that the matrix no longer has: the broker will say so, on either lane.
Lane lane_at(const Matrix& matrix, const std::string& item, Posture posture) {
  return matrix.item(item) ? lane_of(matrix, item, posture) : Lane::urgent;
}

}  // namespace

class Courier::Road {
 public:
  using Answers = std::vector<std::pair<std::uint64_t, Answer>>;

  Road(const wire::Credential& credential, Lane lane, Micros now)
      : lane_(lane),
        channel_(credential, lane == Lane::urgent ? channel::Door::urgent : channel::Door::batched),
        session_(wishes(), wire::random_bytes) {
    carry_out(session_.connect(now), now);
  }

  void add(std::uint64_t number, const Parcel& parcel) {
    numbers_[submissions_.add(parcel.report, parcel.id)] = number;
  }

  // Receives, ticks, submits, sends; what was answered is appended to `answers`.
  void turn(Micros now, client::BrokerKeys& keys, Answers& answers) {
    answers_ = &answers;
    if (channel_.refused()) refused_ = true;
    keys.follow(channel_, session_);
    if (channel_.reconnected()) carry_out(session_.reconnected(now), now);
    for (std::size_t i = 0; i < kFramesPerTurn; ++i) {
      const auto frame = channel_.receive();
      if (!frame) break;
      carry_out(session_.on_frame(*frame, now), now);
    }
    carry_out(session_.on_tick(now), now);
    if (retry_at_ && now >= *retry_at_) reconnect(now);
    for (Bytes& frame : submissions_.ready(session_, now)) outbox_.push_back(std::move(frame));
    while (!outbox_.empty() && channel_.send(outbox_.front())) outbox_.pop_front();
  }

  void leave() {
    if (live()) channel_.send(session_.goodbye());
  }

  bool live() const { return session_.state() == wire::ClientSession::State::live; }
  bool refused() const { return refused_; }
  std::optional<Reason> refusal() const { return refusal_; }
  const std::string& posture() const { return session_.posture(); }
  Micros access_until() const { return Micros{session_.welcome().access_until_us()}; }
  channel::ClientChannel& channel() { return channel_; }

  void unanswered(std::map<std::uint64_t, std::optional<Rejection>>& out) const {
    for (const std::uint64_t here : submissions_.unanswered()) out[numbers_.at(here)] = submissions_.put_off(here);
  }

 private:
  void carry_out(wire::ClientSession::Output out, Micros now) {
    for (const v1::BrokerMessage& message : out.received) {
      if (message.has_welcome()) {
        outbox_.clear();  // of the session before
        submissions_.reconnected();
        stood_ = true;
        spdlog::debug("{}: welcome from {}", name_of(lane_), message.welcome().broker());
        if (std::exchange(down_, false))
          spdlog::warn("{}: {}", name_of(lane_), say({"回線が復旧しました", "link is back"}));
      } else if (auto result = submissions_.on(message)) {
        const auto found = numbers_.find(result->number);
        answers_->emplace_back(found->second, std::move(result->answer));
        numbers_.erase(found);
      }
    }
    for (Bytes& frame : out.send) outbox_.push_back(std::move(frame));
    if (out.refused) on_refused(*out.refused, now);
    if (out.lost) {
      told_lost();
      reconnect(now);
    }
  }

  void on_refused(Reason reason, Micros now) {
    const bool session_over = session_.state() == wire::ClientSession::State::refused;
    if (client::passes(reason) && session_over) {
      retry_at_ = now + kRetry;
    } else if (session_over || reason == Reason::revoked || reason == Reason::unknown_member) {
      refused_ = true;
      refusal_ = reason;
    } else {
      spdlog::warn("{}: {}: {}", name_of(lane_),
                   say({"ブローカーがメッセージを拒否しました", "the broker refused a message"}), name_of(reason));
    }
  }

  // Once an outage, and not before there was a session: then whoever waits for one says more.
  void told_lost() {
    if (!std::exchange(stood_, false)) return;
    down_ = true;
    spdlog::warn("{}: {}", name_of(lane_), say({"回線断: 接続し直しています", "link lost: connecting again"}));
  }

  void reconnect(Micros now) {
    retry_at_.reset();
    outbox_.clear();
    channel_.reopen();
    carry_out(session_.connect(now), now);
  }

  Lane lane_;
  channel::ClientChannel channel_;
  wire::ClientSession session_;
  Submissions submissions_;
  std::map<std::uint64_t, std::uint64_t> numbers_;  // the caller's, by the submission's; of those without an answer
  std::deque<Bytes> outbox_;
  std::optional<Micros> retry_at_;
  bool stood_ = false;  // a session, whose loss has not been told
  bool down_ = false;   // the loss has been told
  bool refused_ = false;
  std::optional<Reason> refusal_;
  Answers* answers_ = nullptr;
};

Courier::Courier(const wire::Credential& credential, client::BrokerKeys& keys, const Matrix& matrix,
                 const std::set<Lane>& lanes, Micros now)
    : keys_(keys), matrix_(matrix) {
  for (const Lane lane : lanes) roads_.emplace(lane, std::make_unique<Road>(credential, lane, now));
}

Courier::~Courier() {
  for (const auto& [lane, road] : roads_) road->leave();
}

void Courier::add(std::uint64_t number, const Parcel& parcel) {
  if (ever_welcome_)
    assign(number, parcel);
  else
    waiting_.emplace_back(number, parcel);
}

void Courier::assign(std::uint64_t number, const Parcel& parcel) {
  Lane lane = lane_at(matrix_, parcel.item, posture_);
  // Behind what it relates to, on the same road: on another one it could arrive before it.
  if (const auto earlier = taken_.find(parcel.relates_to); earlier != taken_.end()) lane = earlier->second;
  taken_[parcel.id] = lane;
  ids_[number] = parcel.id;
  roads_.at(lane)->add(number, parcel);
}

std::vector<std::pair<std::uint64_t, Answer>> Courier::turn(Micros now) {
  Road::Answers answers;
  const auto each_road = [&] {
    for (const auto& [lane, road] : roads_) road->turn(now, keys_, answers);
  };
  each_road();
  for (const auto& [lane, road] : roads_) {
    if (!road->live()) continue;
    posture_ = value_in(kPostures, road->posture()).value_or(Posture::normal);
    access_until_ = road->access_until();
    if (std::exchange(ever_welcome_, true)) continue;
    for (const auto& [number, parcel] : std::exchange(waiting_, {})) assign(number, parcel);
    each_road();  // they leave now, not after the next wait
  }
  for (const auto& [number, answer] : answers) {
    const auto id = ids_.find(number);
    taken_.erase(id->second);
    ids_.erase(id);
  }
  return answers;
}

void Courier::wait() {
  std::vector<channel::ClientChannel*> channels;
  for (const auto& [lane, road] : roads_) channels.push_back(&road->channel());
  channel::ClientChannel::wait(channels, kWait);
}

std::optional<Courier::Refusal> Courier::refusal() const {
  for (const auto& [lane, road] : roads_)
    if (road->refused()) return Refusal{road->refusal()};
  return std::nullopt;
}

channel::Contact Courier::contact() const {
  channel::Contact best{};
  for (const auto& [lane, road] : roads_) best = std::max(best, road->channel().contact());
  return best;
}

std::map<std::uint64_t, std::optional<Rejection>> Courier::unanswered() const {
  std::map<std::uint64_t, std::optional<Rejection>> out;
  for (const auto& [number, parcel] : waiting_) out.emplace(number, std::nullopt);
  for (const auto& [lane, road] : roads_) road->unanswered(out);
  return out;
}

namespace {

// Those that these can take, at whatever posture.
std::set<Lane> lanes_of(const Matrix& matrix, const std::vector<Letter>& letters) {
  std::set<Lane> lanes;
  for (const Letter& letter : letters)
    if (const auto* parcel = std::get_if<Parcel>(&letter.content))
      for (const auto& [posture, name] : kPostures) lanes.insert(lane_at(matrix, parcel->item, posture));
  return lanes;
}

}  // namespace

Ended deliver(const wire::Credential& credential, client::BrokerKeys& keys, const Matrix& matrix,
              const std::vector<Letter>& letters, std::int64_t patience,
              const std::function<void(std::size_t, Answer)>& answered) {
  Ended ended;
  const std::set<Lane> lanes = lanes_of(matrix, letters);
  if (lanes.empty()) return ended;
  const client::Clock clock(cli::wall_clock());
  Courier courier(credential, keys, matrix, lanes, clock.now());
  std::size_t open = 0;
  for (std::size_t i = 0; i < letters.size(); ++i)
    if (const auto* parcel = std::get_if<Parcel>(&letters[i].content)) courier.add(i, *parcel), ++open;

  Micros last_answer = clock.now();
  for (;;) {
    for (auto& [index, answer] : courier.turn(clock.now())) {
      answered(index, std::move(answer));
      last_answer = clock.now();
      --open;
    }
    if (open == 0) break;
    if (const auto refusal = courier.refusal()) {
      ended.why = Ended::Why::refused;
      ended.refusal = refusal->reason;
    } else if (client::stop_requested()) {
      ended.why = Ended::Why::stopped;
    } else if (clock.now() - last_answer > patience) {
      ended.why = Ended::Why::silence;
    }
    if (ended.why != Ended::Why::all_answered) break;
    courier.wait();
  }
  ended.ever_welcome = courier.ever_welcome();
  ended.access_until = courier.access_until();
  ended.contact = courier.contact();
  ended.unanswered = courier.unanswered();
  return ended;
}

}  // namespace noroshi::publisher
