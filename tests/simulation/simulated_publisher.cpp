#include "tests/simulation/simulated_publisher.h"

#include <algorithm>
#include <utility>

namespace noroshi::simulation {

namespace {

constexpr std::int64_t kTick = 100'000;

wire::SessionWishes publishing() {
  wire::SessionWishes wishes;
  wishes.software = "simulated";
  return wishes;
}

}  // namespace

SimulatedPublisher::SimulatedPublisher(Clock& clock, Network& network, const Actor& actor, core::Door door)
    : clock_(clock), network_(network), actor_(actor) {
  Network::Client line;
  line.door = door;
  line.key = actor.transport.public_key;
  line.receive = [this](const Bytes& frame) { carry_out(session_->on_frame(frame, clock_.now())); };
  line_ = network_.add(std::move(line));
  connect_fresh();
  tick();
}

void SimulatedPublisher::connect_fresh() {
  session_ = std::make_unique<wire::ClientSession>(publishing(), wire::random_bytes);
  submissions_ = publisher::Submissions();
  ids_.clear();
  for (const Letter& each : outbox_) ids_[submissions_.add(each.report, ReportId{each.id})] = each.id;
  network_.open(line_);
  carry_out(session_->connect(clock_.now()));
}

void SimulatedPublisher::restart() { connect_fresh(); }

// Signed and in the outbox before the first attempt: what is sent again is the same, byte for byte.
void SimulatedPublisher::write(v1::SignedReport report, const std::string& id) {
  outbox_.push_back({report, id});
  ids_[submissions_.add(std::move(report), ReportId{id})] = id;
}

void SimulatedPublisher::tick() {
  carry_out(session_->on_tick(clock_.now()));
  clock_.after(kTick, [this] { tick(); });
}

void SimulatedPublisher::carry_out(wire::ClientSession::Output out) {
  for (Bytes& frame : out.send) network_.to_broker(line_, std::move(frame));
  for (const v1::BrokerMessage& message : out.received) {
    if (message.has_welcome()) submissions_.reconnected();
    if (const auto result = submissions_.on(message)) answered(*result);
  }
  if (out.lost) {
    network_.open(line_);
    carry_out(session_->connect(clock_.now()));
  }
  send_ready();
}

void SimulatedPublisher::answered(const publisher::Result& result) {
  const std::string id = ids_.at(result.number);
  const auto letter = std::find_if(outbox_.begin(), outbox_.end(), [&](const Letter& each) { return each.id == id; });
  if (letter != outbox_.end()) outbox_.erase(letter);
  if (const auto* accepted = std::get_if<v1::Accepted>(&result.answer))
    acknowledged_[id] = accepted->seq();
  else
    rejected_.push_back(std::get<Rejection>(result.answer).detail);
}

void SimulatedPublisher::send_ready() {
  for (Bytes& frame : submissions_.ready(*session_, clock_.now())) network_.to_broker(line_, std::move(frame));
}

}  // namespace noroshi::simulation
