#include "proto/wire/decode.h"
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

// --- publisher ---

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

// --- subscriber ---

SimulatedSubscriber::SimulatedSubscriber(Clock& clock, Chance& chance, Network& network, Judge& judge,
                                         const Actor& actor, core::Door door, const Cast& cast, Wishes wishes)
    : clock_(clock),
      chance_(chance),
      network_(network),
      judge_(judge),
      actor_(actor),
      door_(door),
      registrar_(cast.registrar.public_key),
      log_(cast.log.public_key),
      wishes_(std::move(wishes)) {
  Network::Client line;
  line.door = door;
  line.key = actor.transport.public_key;
  line.receive = [this](const Bytes& frame) { carry_out(subscription_->on_frame(frame, clock_.now())); };
  line_ = network_.add(std::move(line));
  connect_fresh();
  tick();
}

void SimulatedSubscriber::connect_fresh() {
  subscriber::Subscription::Wishes wishes;
  wishes.topics = wishes_.topics;
  for (const Status status : wishes_.statuses) wishes.statuses.push_back(wire::to_wire(status));
  wishes.credit = wishes_.credit;
  const Seq cursor = subscription_ ? subscription_->cursor() : Seq{};
  subscription_ = std::make_unique<subscriber::Subscription>(registrar_, std::move(wishes), wire::random_bytes, log_);
  subscription_->start_after(cursor);
  network_.open(line_);
  carry_out(subscription_->connect(clock_.now()));
}

void SimulatedSubscriber::restart() {
  ++life_;
  connect_fresh();
}

void SimulatedSubscriber::freeze(std::int64_t us) {
  network_.client(line_).frozen = true;
  clock_.after(us, [this] { network_.client(line_).frozen = false; });
}

void SimulatedSubscriber::tick() {
  if (!network_.client(line_).frozen) carry_out(subscription_->on_tick(clock_.now()));
  clock_.after(kTick, [this] { tick(); });
}

void SimulatedSubscriber::carry_out(subscriber::Subscription::Output out) {
  for (Bytes& frame : out.send) network_.to_broker(line_, std::move(frame));
  for (const subscriber::Delivery& delivery : out.deliveries) {
    const std::uint64_t seq = delivery.entry.seq.value;
    if (!got_.empty() && seq <= got_.back() && life_ == 0)
      judge_.blame(actor_.member.organization + " was given an entry out of order or twice");
    if (got_.empty() || seq > got_.back()) got_.push_back(seq);
    if (delivery.signature != client::Check::valid)
      judge_.blame(actor_.member.organization + " was given an entry whose signature is not valid");
    // A sink that takes its time: what is not acknowledged comes again after a restart.
    clock_.after(chance_.between(0, 50'000), [this, seq, life = life_] {
      if (life != life_) return;
      for (Bytes& frame : subscription_->acknowledge(Seq{seq})) network_.to_broker(line_, std::move(frame));
    });
  }
  if (out.incomplete) judge_.blame(actor_.member.organization + ": the broker's word does not fit: " + *out.incomplete);
  promised_ += out.complete.has_value();
  if (out.refused) judge_.saw(actor_.member.organization + " refused");
  if (out.lost && !out.refused) {
    network_.open(line_);
    carry_out(subscription_->connect(clock_.now()));
  }
}

}  // namespace noroshi::simulation
