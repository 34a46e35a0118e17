#include "bench/peers.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <stdexcept>

#include "proto/channel/client_channel.h"
#include "proto/cli/cli.h"
#include "proto/wire/client_session.h"
#include "publisher/submission.h"
#include "subscriber/subscription.h"

namespace noroshi::bench {

namespace {

using channel::ClientChannel;
using channel::Door;
using std::chrono::milliseconds;

constexpr auto kPatience = std::chrono::seconds(30);

}  // namespace

v1::SignedReport make_report(const wire::Credential& author, const char* item, std::string& id) {
  const Micros now = cli::wall_clock();
  v1::Report report;
  id = wire::make_uuidv7(now).value;
  report.set_id(id);
  report.set_organization(author.organization);
  report.set_item(item);
  report.set_source(author.source);
  report.set_status(v1::Report::ACTUAL);
  (*report.mutable_title())["ja"] = "計測用の報告";
  v1::Section& section = *report.add_sections();
  section.set_field("content");
  section.set_state(v1::Section::KNOWN);
  (*section.mutable_text())["ja"] = std::string(450, 'x');
  report.set_tlp("GREEN");
  report.mutable_issued_at()->set_seconds(now.value / kMicrosPerSecond);
  return wire::sign_report(author.signing, report);
}

// --- subscriber ---

TimedSubscriber::TimedSubscriber(const wire::Credential& credential, Departures& departures)
    : departures_(departures), thread_([this, credential] { run(credential); }) {
  const auto deadline = SteadyClock::now() + kPatience;
  while (!ready_) {
    if (SteadyClock::now() > deadline) throw std::runtime_error("the subscriber found no broker");
    std::this_thread::sleep_for(milliseconds(10));
  }
}

TimedSubscriber::~TimedSubscriber() {
  stop_ = true;
  thread_.join();
}

void TimedSubscriber::run(const wire::Credential& credential) {
  ClientChannel line(credential, Door::urgent);
  subscriber::Subscription::Wishes wishes;
  wishes.topics = {"C"};
  subscriber::Subscription subscription(credential.registrar, std::move(wishes), wire::random_bytes);
  subscription.start_now();
  const auto carry_out = [&](subscriber::Subscription::Output out) {
    const auto at = SteadyClock::now();
    if (out.welcomed) ready_ = true;
    for (const Bytes& frame : out.send) line.send(frame);
    for (const subscriber::Delivery& delivery : out.deliveries) {
      if (Samples* samples = samples_) departures_.arrived(delivery.report.id(), at, *samples);
      for (const Bytes& frame : subscription.acknowledge(delivery.entry.seq)) line.send(frame);
    }
    if (out.lost || out.refused) throw std::runtime_error("the subscriber lost its session");
  };
  carry_out(subscription.connect(cli::wall_clock()));
  while (!stop_) {
    ClientChannel::wait({&line}, milliseconds(50));
    while (const auto frame = line.receive()) carry_out(subscription.on_frame(*frame, cli::wall_clock()));
    carry_out(subscription.on_tick(cli::wall_clock()));
  }
}

// --- paced publisher ---

struct PacedPublisher::Impl {
  explicit Impl(const wire::Credential& credential_)
      : credential(credential_), line(credential, Door::urgent), session({}, wire::random_bytes) {}

  void carry_out(wire::ClientSession::Output out, Samples* ack) {
    const auto at = SteadyClock::now();
    for (const Bytes& frame : out.send) line.send(frame);
    for (const v1::BrokerMessage& message : out.received) {
      if (message.has_rejected()) throw std::runtime_error("rejected: " + message.rejected().detail());
      if (!message.has_accepted() || !ack) continue;
      ack->add(at - left.at(message.accepted().number()));
      left.erase(message.accepted().number());
    }
    if (out.lost || out.refused) throw std::runtime_error("the publisher lost its session");
  }
  void pump_until(SteadyClock::time_point until, Samples* ack) {
    while (true) {
      while (const auto frame = line.receive()) carry_out(session.on_frame(*frame, cli::wall_clock()), ack);
      carry_out(session.on_tick(cli::wall_clock()), ack);
      const auto rest = std::chrono::duration_cast<milliseconds>(until - SteadyClock::now());
      if (rest.count() < 1) break;
      ClientChannel::wait({&line}, rest);
    }
    std::this_thread::sleep_until(until);
  }

  wire::Credential credential;
  ClientChannel line;
  wire::ClientSession session;
  std::map<std::uint64_t, SteadyClock::time_point> left;
  std::uint64_t number = 0;
};

PacedPublisher::PacedPublisher(const wire::Credential& credential) : impl_(std::make_unique<Impl>(credential)) {
  impl_->carry_out(impl_->session.connect(cli::wall_clock()), nullptr);
  const auto deadline = SteadyClock::now() + kPatience;
  while (impl_->session.state() != wire::ClientSession::State::live) {
    if (SteadyClock::now() > deadline) throw std::runtime_error("the publisher found no broker");
    impl_->pump_until(SteadyClock::now() + milliseconds(20), nullptr);
  }
}

PacedPublisher::~PacedPublisher() = default;

void PacedPublisher::send(int count, int per_second, Departures& departures, Samples& ack) {
  const auto period =
      std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(1.0 / per_second));
  auto next = SteadyClock::now();
  for (int n = 0; n < count; ++n) {
    std::string id;
    const v1::SignedReport report = make_report(impl_->credential, "C.it-failure", id);
    impl_->pump_until(next, &ack);
    next += period;
    const auto now = SteadyClock::now();
    departures.left(id, now);
    impl_->left[++impl_->number] = now;
    if (!impl_->line.send(impl_->session.submit(impl_->number, report))) throw std::runtime_error("the line is full");
  }
  const auto deadline = SteadyClock::now() + kPatience;
  while (!impl_->left.empty() || departures.missing() > 0) {
    if (SteadyClock::now() > deadline) throw std::runtime_error("reports went missing");
    impl_->pump_until(SteadyClock::now() + milliseconds(5), &ack);
  }
}

// --- flood ---

Flood::Flood(const wire::Credential& credential) : thread_([this, credential] { run(credential); }) {
  while (accepted_ < 100) std::this_thread::sleep_for(milliseconds(10));
}

Flood::~Flood() {
  stop_ = true;
  thread_.join();
}

void Flood::run(const wire::Credential& credential) {
  // Elsewhere the flood would come from another machine: here it must not take the processors from those it disturbs.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 10);
  ClientChannel line(credential, Door::batched);
  wire::ClientSession session({}, wire::random_bytes);
  publisher::Submissions submissions;
  const auto carry_out = [&](wire::ClientSession::Output out) {
    for (const Bytes& frame : out.send) line.send(frame);
    for (const v1::BrokerMessage& message : out.received) {
      if (message.has_welcome()) submissions.reconnected();
      if (submissions.on(message) && message.has_accepted()) ++accepted_;
    }
    for (const Bytes& frame : submissions.ready(session, cli::wall_clock())) line.send(frame);
  };
  carry_out(session.connect(cli::wall_clock()));
  while (!stop_) {
    while (submissions.unanswered().size() < publisher::Submissions::kWindow) {
      std::string id;
      v1::SignedReport report = make_report(credential, "A.failure-case", id);
      submissions.add(std::move(report), ReportId{id});
    }
    ClientChannel::wait({&line}, milliseconds(20));
    while (const auto frame = line.receive()) carry_out(session.on_frame(*frame, cli::wall_clock()));
    carry_out(session.on_tick(cli::wall_clock()));
  }
}

}  // namespace noroshi::bench
