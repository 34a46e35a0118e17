#include "publisher/courier.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <deque>
#include <memory>
#include <set>
#include <utility>

#include "proto/channel/client_channel.h"
#include "proto/cli/cli.h"
#include "proto/wire/client_session.h"
#include "proto/wire/signing.h"
#include "publisher/submission.h"
#include "schemas/report_check.h"

namespace noroshi::publisher {
namespace {

constexpr std::int64_t kRetry = kMicrosPerSecond / 2;  // before asking again at a broker that is stopping or full
constexpr std::size_t kFramesPerTurn = 256;            // from one lane before the other has its turn
constexpr std::chrono::milliseconds kWait{50};

// The wall clock, but without its jumps: sessions measure silence by it.
class Clock {
 public:
  Micros now() const {
    const auto elapsed = std::chrono::steady_clock::now() - begin_;
    return start_ + std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count();
  }

 private:
  Micros start_ = cli::wall_clock();
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

wire::SessionWishes wishes() {
  wire::SessionWishes out;
  out.software = "noroshi-publisher " + std::string(cli::kVersion);
  return out;
}

// A refusal that another try may not meet again.
bool passing(Reason reason) { return reason == Reason::shutting_down || reason == Reason::rate_limited; }

class Road {
 public:
  Road(const wire::Credential& credential, Lane lane, Micros now)
      : lane_(lane),
        channel_(credential, lane == Lane::urgent ? channel::Door::urgent : channel::Door::batched),
        session_(wishes(), wire::random_bytes) {
    carry_out(session_.connect(now), now);
  }

  void add(std::size_t index, const Parcel& parcel) {
    submissions_.add(parcel.report, parcel.id);
    index_.push_back(index);
  }

  // Receives, ticks, submits, sends; what was answered is appended to `answers`.
  void turn(Micros now, client::BrokerKeys& keys, std::vector<std::pair<std::size_t, Answer>>& answers) {
    answers_ = &answers;
    if (channel_.refused()) refused_ = true;
    keys.follow(channel_, session_);
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
  bool done() const { return submissions_.done(); }
  bool refused() const { return refused_; }
  std::optional<Reason> refusal() const { return refusal_; }
  const std::string& posture() const { return session_.posture(); }
  Micros access_until() const { return Micros{session_.welcome().access_until_us()}; }
  channel::ClientChannel& channel() { return channel_; }

  void unanswered(std::map<std::size_t, std::optional<Rejection>>& out) const {
    for (const std::uint64_t number : submissions_.unanswered()) out[index_[number - 1]] = submissions_.put_off(number);
  }

 private:
  void carry_out(wire::ClientSession::Output out, Micros now) {
    for (const v1::BrokerMessage& message : out.received) {
      if (message.has_welcome()) {
        outbox_.clear();  // of the session before
        submissions_.reconnected();
        spdlog::debug("{} lane: welcome from {}", name_of(lane_), message.welcome().broker());
      } else if (auto result = submissions_.on(message)) {
        answers_->emplace_back(index_[result->number - 1], std::move(result->answer));
      }
    }
    for (Bytes& frame : out.send) outbox_.push_back(std::move(frame));
    if (out.refused) on_refused(*out.refused, now);
    if (out.lost) {
      spdlog::warn("{} lane: the broker is silent; connecting anew", name_of(lane_));
      reconnect(now);
    }
  }

  void on_refused(Reason reason, Micros now) {
    const bool session_over = session_.state() == wire::ClientSession::State::refused;
    if (passing(reason) && session_over) {
      retry_at_ = now + kRetry;
    } else if (session_over || reason == Reason::revoked || reason == Reason::unknown_member) {
      refused_ = true;
      refusal_ = reason;
    } else {
      spdlog::warn("{} lane: the broker refused a message: {}", name_of(lane_), name_of(reason));
    }
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
  std::vector<std::size_t> index_;  // of the parcel, by submission number - 1
  std::deque<Bytes> outbox_;
  std::optional<Micros> retry_at_;
  bool refused_ = false;
  std::optional<Reason> refusal_;
  std::vector<std::pair<std::size_t, Answer>>* answers_ = nullptr;
};

// Urgent first, because a map of lanes is in that order.
using Roads = std::map<Lane, std::unique_ptr<Road>>;

Roads open_roads(const wire::Credential& credential, const Matrix& matrix, const std::vector<Parcel>& parcels,
                 Micros now) {
  std::set<Lane> needed;  // at whatever posture the broker will tell of
  for (const Parcel& parcel : parcels)
    for (const auto& [posture, name] : kPostures) needed.insert(lane_of(matrix, parcel.item, posture));
  Roads roads;
  for (const Lane lane : needed) roads.emplace(lane, std::make_unique<Road>(credential, lane, now));
  return roads;
}

void assign(Roads& roads, const Matrix& matrix, const std::vector<Parcel>& parcels, Posture posture) {
  std::map<ReportId, Lane> taken;
  for (std::size_t i = 0; i < parcels.size(); ++i) {
    Lane lane = lane_of(matrix, parcels[i].item, posture);
    // Behind what it relates to, on the same road: on another one it could arrive before it.
    if (const auto earlier = taken.find(parcels[i].relates_to); earlier != taken.end()) lane = earlier->second;
    taken[parcels[i].id] = lane;
    roads.at(lane)->add(i, parcels[i]);
  }
}

const Road* first(const Roads& roads, bool (Road::*which)() const) {
  for (const auto& [lane, road] : roads)
    if ((*road.*which)()) return road.get();
  return nullptr;
}

}  // namespace

Ended deliver(const wire::Credential& credential, client::BrokerKeys& keys, const Matrix& matrix,
              const std::vector<Parcel>& parcels, std::int64_t patience, const volatile std::sig_atomic_t& stop,
              const std::function<void(std::size_t, Answer)>& answered) {
  Ended ended;
  if (parcels.empty()) return ended;
  const Clock clock;
  Roads roads = open_roads(credential, matrix, parcels, clock.now());
  std::vector<channel::ClientChannel*> channels;
  for (const auto& [lane, road] : roads) channels.push_back(&road->channel());

  Micros last_answer = clock.now();
  std::size_t open = parcels.size();
  while (open > 0) {
    std::vector<std::pair<std::size_t, Answer>> answers;
    for (const auto& [lane, road] : roads) road->turn(clock.now(), keys, answers);
    if (!ended.ever_welcome) {
      if (const Road* live = first(roads, &Road::live)) {
        ended.ever_welcome = true;
        ended.access_until = live->access_until();
        assign(roads, matrix, parcels, value_in(kPostures, live->posture()).value_or(Posture::normal));
        continue;
      }
    }
    for (auto& [index, answer] : answers) answered(index, std::move(answer));
    open -= answers.size();
    if (!answers.empty()) last_answer = clock.now();
    if (open == 0) break;
    if (const Road* refused = first(roads, &Road::refused)) {
      ended.why = Ended::Why::refused;
      ended.refusal = refused->refusal();
    } else if (stop != 0) {
      ended.why = Ended::Why::stopped;
    } else if (clock.now() - last_answer > patience) {
      ended.why = Ended::Why::silence;
      for (const auto& [lane, road] : roads) ended.contact = std::max(ended.contact, road->channel().contact());
    }
    if (ended.why != Ended::Why::all_answered) break;
    channel::ClientChannel::wait(channels, kWait);
  }

  if (ended.ever_welcome) {
    for (const auto& [lane, road] : roads) road->unanswered(ended.unanswered);
  } else {
    for (std::size_t i = 0; i < parcels.size(); ++i) ended.unanswered.emplace(i, std::nullopt);
  }
  for (const auto& [lane, road] : roads) road->leave();
  return ended;
}

}  // namespace noroshi::publisher
