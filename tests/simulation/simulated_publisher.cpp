#include "tests/simulation/simulation.h"

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
    : clock_(clock), network_(network), session_(publishing(), wire::random_bytes) {
  Network::Client line;
  line.door = door;
  line.key = actor.transport.public_key;
  line.receive = [this](const Bytes& frame) { carry_out(session_.on_frame(frame, clock_.now())); };
  line_ = network_.add(std::move(line));
  network_.open(line_);
  carry_out(session_.connect(clock_.now()));
  tick();
}

void SimulatedPublisher::tick() {
  carry_out(session_.on_tick(clock_.now()));
  clock_.after(kTick, [this] { tick(); });
}

void SimulatedPublisher::carry_out(wire::ClientSession::Output out) {
  for (Bytes& frame : out.send) network_.to_broker(line_, std::move(frame));
  for (const v1::BrokerMessage& message : out.received) {
    if (message.has_welcome()) submissions_.reconnected();
    if (const auto result = submissions_.on(message)) {
      if (message.has_accepted())
        acknowledged_[message.accepted().report_id()] = message.accepted().seq();
      else
        rejected_.push_back(message.rejected().detail());
    }
  }
  if (out.lost) {
    network_.open(line_);
    carry_out(session_.connect(clock_.now()));
  }
  send_ready();
}

void SimulatedPublisher::send_ready() {
  for (Bytes& frame : submissions_.ready(session_, clock_.now())) network_.to_broker(line_, std::move(frame));
}

}  // namespace noroshi::simulation
