// A subscription and its broker, by hand.
#pragma once

#include <string>
#include <vector>

#include "subscriber/subscription.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/fake_broker.h"

namespace noroshi::test {

using subscriber::Delivery;
using subscriber::Subscription;

using Client = v1::ClientMessage;
using Seqs = std::vector<std::uint64_t>;

inline constexpr std::int64_t kSecond = kMicrosPerSecond;

// Deliveries are gathered in `got`.
struct Scene {
  explicit Scene(std::uint32_t credit = 4)
      : subscription(registrar.public_key, {{"*"}, {}, credit, "test"}, wire::random_bytes, log.public_key) {}

  Subscription::Output take(Subscription::Output out) {
    broker.hear(out.send);
    for (const Delivery& delivery : out.deliveries) got.push_back(delivery);
    return out;
  }
  Subscription::Output connect() { return take(subscription.connect(now)); }
  Subscription::Output frame(const Bytes& bytes) { return take(subscription.on_frame(bytes, now)); }
  Subscription::Output tick() { return take(subscription.on_tick(now)); }
  void acknowledge(std::uint64_t seq) { broker.hear(subscription.acknowledge(Seq{seq})); }

  v1::MemberChange vouched(const Author& author) { return wire::sign_member(registrar, author.member()); }
  std::uint64_t query() { return broker.last(Client::kQuery)->query().number(); }
  Subscription::Output answer(const std::vector<Author>& authors) {
    std::vector<v1::MemberChange> members;
    for (const Author& author : authors) members.push_back(vouched(author));
    return frame(broker.roster(query(), members));
  }
  void live(std::uint64_t cursor = 0, std::uint64_t head = 0) {
    connect();
    frame(broker.welcome(cursor, head));
    answer({bank});
    REQUIRE(subscription.live());
  }
  std::vector<std::uint64_t> seqs() const {
    std::vector<std::uint64_t> out;
    for (const Delivery& delivery : got) out.push_back(delivery.entry.seq.value);
    return out;
  }
  v1::LogEntry report(std::uint64_t seq) { return report_entry(seq, bank.sign("第" + std::to_string(seq) + "報")); }

  wire::SigningKey registrar = wire::make_signing_key();
  wire::SigningKey log = wire::make_signing_key();
  Author bank{"bank-a"};
  FakeBroker broker;
  Subscription subscription;
  std::vector<Delivery> got;
  Micros now{1'000 * kSecond};
};

}  // namespace noroshi::test
