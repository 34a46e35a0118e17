#include "tests/simulation/simulated_subscriber.h"

#include <utility>

#include "proto/wire/decode.h"
#include "subscriber/inbox_schema.h"

namespace noroshi::simulation {

namespace {

constexpr std::int64_t kTick = 100'000;

std::unique_ptr<subscriber::Database> inbox_in_memory() {
  auto database = std::make_unique<subscriber::Database>(":memory:", subscriber::Durable::in_time,
                                                         subscriber::Database::IfMissing::create);
  for (const std::string& step : subscriber::kInboxMigrations) database->run(step);
  return database;
}

wire::Credential credential_of(const Actor& actor) {
  wire::Credential credential;
  credential.organization = actor.member.organization;
  credential.signing = actor.signing;
  return credential;
}

}  // namespace

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
      wishes_(std::move(wishes)),
      credential_(credential_of(actor)),
      inbox_(inbox_in_memory()) {
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
  subscription_ = std::make_unique<subscriber::Subscription>(registrar_, std::move(wishes), wire::random_bytes, log_);
  subscription_->start_after(inbox_.cursor(lane()).value_or(Seq{}));
  postbox_ = std::make_unique<subscriber::Postbox>(inbox_, credential_);
  arrived_.clear();
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

void SimulatedSubscriber::later(std::int64_t us, std::function<void()> action) {
  clock_.after(us, [this, life = life_, action = std::move(action)] {
    if (life == life_) action();
  });
}

void SimulatedSubscriber::tick() {
  if (!network_.client(line_).frozen) {
    carry_out(subscription_->on_tick(clock_.now()));
    if (subscription_->live()) say(postbox_->ready(*subscription_, clock_.now()));
  }
  clock_.after(kTick, [this] { tick(); });
}

void SimulatedSubscriber::say(const std::vector<Bytes>& frames) {
  for (const Bytes& frame : frames) network_.to_broker(line_, frame);
}

void SimulatedSubscriber::carry_out(subscriber::Subscription::Output out) {
  say(out.send);
  if (!out.deliveries.empty() && arrived_.empty()) later(chance_.between(0, 50'000), [this] { store(); });
  for (subscriber::Delivery& delivery : out.deliveries) {
    if (delivery.signature != client::Check::valid)
      judge_.blame(actor_.member.organization + " was given an entry whose signature is not valid");
    if (!arrived_.empty() && delivery.entry.seq <= arrived_.back().entry.seq)
      judge_.blame(actor_.member.organization + " was given an entry out of order or twice");
    arrived_.push_back(std::move(delivery));
  }
  if (out.incomplete) judge_.blame(actor_.member.organization + ": the broker's word does not fit: " + *out.incomplete);
  promised_ += out.complete.has_value();
  if (out.posture) posture_ = *out.posture;
  if (out.welcomed) postbox_->reconnected();
  for (const v1::BrokerMessage& answer : out.answers) postbox_->on(answer, clock_.now());
  if (out.refused) judge_.saw(actor_.member.organization + " refused");
  if (out.lost && !out.refused) {
    network_.open(line_);
    carry_out(subscription_->connect(clock_.now()));
  }
  for (const v1::Reminder& reminder : out.reminders) reminded(reminder);
}

// The daemon's word to the broker may come a little after the commit: death in between loses only that.
void SimulatedSubscriber::store() {
  const std::vector<subscriber::Delivery> batch = std::exchange(arrived_, {});
  const Seq safe = batch.back().entry.seq;
  for (const subscriber::Delivery* added : inbox_.store(lane(), batch, clock_.now())) {
    const std::uint64_t seq = added->entry.seq.value;
    if (!got_.empty() && seq <= got_.back())
      judge_.blame(actor_.member.organization + " was given an entry late: " + std::to_string(seq));
    got_.push_back(seq);
    if (chance_.one_in(3)) clock_.after(chance_.between(0, 3'000'000), [this, id = added->report.id()] { read(id); });
  }
  postbox_->fill();
  later(chance_.between(0, 2'000), [this, safe] { say(subscription_->acknowledge(safe)); });
}

// By a person, with the commands beside the daemon.
void SimulatedSubscriber::read(const std::string& report) {
  const auto reading = inbox_.find(report);
  inbox_.opened(*reading, clock_.now());
  if (chance_.one_in(2)) inbox_.answered(*reading, Answer::handled, "done", clock_.now());
  postbox_->fill();
}

// As the daemon does: what it was reminded of and does not have it asks for again.
void SimulatedSubscriber::reminded(const v1::Reminder& reminder) {
  judge_.saw(actor_.member.organization + " reminded of " + reminder.report_id());
  const Seq before{reminder.seq() - 1};
  if (inbox_.find(reminder.report_id()) || subscription_->cursor() <= before) return;
  inbox_.step_back(lane(), before);
  restart();
}

}  // namespace noroshi::simulation
