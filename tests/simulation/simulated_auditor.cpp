#include "tests/simulation/simulated_auditor.h"

#include <utility>

namespace noroshi::simulation {

namespace {
constexpr std::int64_t kTick = 100'000;
}

SimulatedAuditor::SimulatedAuditor(Clock& clock, Network& network, Judge& judge, const Actor& actor, const Cast& cast)
    : clock_(clock), network_(network), judge_(judge), actor_(actor), registrar_(cast.registrar.public_key) {
  Network::Client line;
  line.door = core::Door::archive;
  line.key = actor.transport.public_key;
  line.receive = [this](const Bytes& frame) {
    if (session_) carry_out(session_->on_frame(frame, clock_.now()));
  };
  line_ = network_.add(std::move(line));
  tick();
}

void SimulatedAuditor::begin() {
  walked_.clear();
  session_ = std::make_unique<auditor::ReplaySession>(registrar_, auditor::everything(v1::Replay::VERIFY), "simulated",
                                                      wire::random_bytes);
  network_.open(line_);
  carry_out(session_->connect(clock_.now()));
}

void SimulatedAuditor::tick() {
  if (session_) carry_out(session_->on_tick(clock_.now()));
  clock_.after(kTick, [this] { tick(); });
}

void SimulatedAuditor::carry_out(auditor::ReplaySession::Output out) {
  for (Bytes& frame : out.send) network_.to_broker(line_, std::move(frame));
  for (client::Checked& entry : out.entries) {
    if (entry.entry.seq.value != walked_.size() + 1)
      judge_.blame(actor_.member.organization +
                   " was shown an entry out of order: " + std::to_string(entry.entry.seq.value));
    for (Bytes& frame : session_->acknowledge(entry.entry.seq)) network_.to_broker(line_, std::move(frame));
    walked_.push_back(std::move(entry));
  }
  if (out.damaged) judge_.blame(actor_.member.organization + " was shown an entry that is none");
  if (out.refused) judge_.blame(actor_.member.organization + " was refused");
  if (out.log_shortened) judge_.blame(actor_.member.organization + " was shown a shorter log than before");
  if (out.ended) {
    seen_ = std::exchange(walked_, {});
    ++walks_;
    session_.reset();
  } else if (out.lost) {
    network_.open(line_);
    carry_out(session_->connect(clock_.now()));
  }
}

}  // namespace noroshi::simulation
