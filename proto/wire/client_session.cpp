#include "proto/wire/client_session.h"

#include <algorithm>
#include <map>

#include "proto/types/limits.h"
#include "proto/wire/compress.h"
#include "proto/wire/decode.h"

namespace noroshi::wire {

namespace {

constexpr std::uint32_t kProtocol = 1;
constexpr std::int64_t kHeartbeat = limits::kHeartbeatMs * kMicrosPerMilli;

// What the broker says may grow fields that this program does not know yet.
bool parse_lenient(google::protobuf::Message& into, std::string_view bytes) {
  return bytes.size() <= limits::kBrokerFrameBytes && into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

ClientSession::ClientSession(SessionWishes wishes, std::function<Bytes(std::size_t)> random)
    : wishes_(std::move(wishes)), random_(std::move(random)) {}

void ClientSession::has_next_key(const std::string& id) {
  if (id == next_key_) return;
  next_key_ = id;
  if (state_ == State::live) last_said_ = Micros{};
}

ClientSession::Output ClientSession::connect(Micros now) {
  last_heard_ = now;
  return greet(now);
}

ClientSession::Output ClientSession::greet(Micros now) {
  state_ = State::greeting;
  opener_.reset();
  owed_credit_ = 0;
  owed_bytes_ = 0;
  key_ = random_(kSessionKeyBytes);
  return say_hello(now);
}

ClientSession::Output ClientSession::reconnected(Micros now) {
  if (state_ == State::live) return greet(now);
  return state_ == State::greeting ? say_hello(now) : Output{};
}

// Said again under the same key while no Welcome comes: whichever of the answers arrives first opens.
ClientSession::Output ClientSession::say_hello(Micros now) {
  last_said_ = now;

  v1::ClientMessage message;
  v1::Hello& hello = *message.mutable_hello();
  hello.set_protocol(kProtocol);
  hello.set_session_key(key_);
  hello.set_subscribe(wishes_.subscribe);
  for (const std::string& topic : wishes_.topics) hello.add_topics(topic);
  for (const auto status : wishes_.statuses) hello.add_statuses(status);
  hello.set_cursor(cursor_.value);
  hello.set_from_now(from_now_);
  hello.set_credit(wishes_.credit);
  hello.set_software(wishes_.software);
  hello.set_clock_us(now.value);
  hello.set_next_key_id(next_key_);
  for (const Lane lane : wishes_.keeps) hello.add_keeps(to_wire(lane));
  Output out;
  out.send.push_back(message.SerializeAsString());
  return out;
}

ClientSession::Output ClientSession::on_frame(std::string_view bytes, Micros now) {
  Output out;
  if (state_ == State::disconnected || state_ == State::refused) return out;
  v1::BrokerFrame frame;
  if (!parse_lenient(frame, bytes)) return out;
  last_heard_ = now;

  if (frame.has_refused()) {
    out.refused = from_wire(frame.refused().reason()).value_or(Reason::unexpected_message);
    if (state_ == State::greeting) state_ = State::refused;
    return out;
  }
  if (frame.has_hello_required()) return state_ == State::live ? greet(now) : out;

  if (!frame.header().empty()) opener_ = Opener::make(key_, frame.header());  // a Welcome: the stream begins (again)
  if (!opener_) return out;
  const auto plain = opener_->open(frame.sealed());
  v1::BrokerMessage message;
  if (!plain || !parse_lenient(message, *plain)) {
    if (state_ == State::live) return greet(now);
    opener_.reset();  // an answer to a Hello under an earlier key
    return out;
  }

  if (message.has_welcome()) {
    state_ = State::live;
    welcome_ = message.welcome();
    posture_ = welcome_.posture();
    head_ = Seq{welcome_.head()};
    cursor_ = Seq{welcome_.cursor()};
    from_now_ = false;
    if (welcome_.has_broker_key()) broker_key_ = welcome_.broker_key();
  } else if (message.has_broker_key()) {
    broker_key_ = message.broker_key();
  } else if (message.has_heartbeat()) {
    posture_ = message.heartbeat().posture();
    head_ = Seq{message.heartbeat().head()};
  }
  out.received.push_back(std::move(message));
  return out;
}

ClientSession::Output ClientSession::on_tick(Micros now) {
  Output out;
  if (state_ == State::disconnected || state_ == State::refused) return out;
  if (now - last_heard_ > limits::kSilentHeartbeats * kHeartbeat) {
    state_ = State::disconnected;
    out.lost = true;
    return out;
  }
  if (now - last_said_ < kHeartbeat) return out;
  if (state_ == State::greeting) return say_hello(now);
  last_said_ = now;
  v1::ClientMessage message;
  message.mutable_heartbeat()->set_cursor(cursor_.value);
  message.mutable_heartbeat()->set_clock_us(now.value);
  message.mutable_heartbeat()->set_next_key_id(next_key_);
  message.mutable_heartbeat()->set_failing_sinks(failing_sinks_);
  out.send.push_back(message.SerializeAsString());
  return out;
}

Bytes ClientSession::submit(std::uint64_t number, const v1::SignedReport& report) const {
  v1::ClientMessage message;
  message.mutable_submit()->set_number(number);
  *message.mutable_submit()->mutable_report() = report;
  return message.SerializeAsString();
}

Bytes ClientSession::receipt(std::uint64_t number, const v1::SignedReceipt& receipt) const {
  v1::ClientMessage message;
  message.mutable_receipt()->set_number(number);
  *message.mutable_receipt()->mutable_receipt() = receipt;
  return message.SerializeAsString();
}

Bytes ClientSession::replay(const v1::Replay& replay) const {
  v1::ClientMessage message;
  *message.mutable_replay() = replay;
  return message.SerializeAsString();
}

Bytes ClientSession::query(const v1::Query& query) const {
  v1::ClientMessage message;
  *message.mutable_query() = query;
  return message.SerializeAsString();
}

Bytes ClientSession::goodbye() const {
  v1::ClientMessage message;
  message.mutable_goodbye();
  return message.SerializeAsString();
}

std::optional<Bytes> ClientSession::acknowledge(Seq upto, std::uint32_t entries, std::size_t bytes) {
  cursor_ = std::max(cursor_, upto);
  owed_credit_ += entries;
  owed_bytes_ += bytes;
  if (owed_credit_ * 2 < wishes_.credit && owed_bytes_ < limits::kDeliverBytes) return std::nullopt;
  v1::ClientMessage message;
  message.mutable_credit()->set_cursor(cursor_.value);
  message.mutable_credit()->set_more(std::exchange(owed_credit_, 0));
  owed_bytes_ = 0;
  return message.SerializeAsString();
}

std::optional<std::vector<v1::LogEntry>> unpack(const v1::Deliver& deliver) {
  std::map<std::uint64_t, v1::LogEntry> in_order;
  for (const v1::EntryBlock& block : deliver.blocks()) {
    v1::LogEntries entries;
    if (block.zstd().empty()) {
      if (!parse_lenient(entries, block.entries())) return std::nullopt;
    } else {
      const auto raw = decompress(block.zstd(), limits::kBrokerFrameBytes);
      if (!raw || !parse_lenient(entries, *raw)) return std::nullopt;
    }
    for (v1::LogEntry& entry : *entries.mutable_entries()) in_order[entry.seq()] = std::move(entry);
  }
  std::vector<v1::LogEntry> all;
  all.reserve(in_order.size());
  for (auto& [seq, entry] : in_order) all.push_back(std::move(entry));
  return all;
}

}  // namespace noroshi::wire
