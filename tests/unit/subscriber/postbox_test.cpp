#include "subscriber/postbox.h"

#include "proto/types/limits.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/inbox_scene.h"
#include "tests/unit/subscriber/subscription_scene.h"

namespace noroshi::test {

using namespace subscriber;

namespace {

struct Post {
  Post() { scene.make(whose); }

  // What the next letter says; its number is kept.
  std::optional<v1::Receipt> letter(Micros now = Micros{}) {
    const auto frames = postbox.ready(session.subscription, now);
    if (frames.empty()) return std::nullopt;
    v1::ClientMessage message;
    REQUIRE(message.ParseFromString(frames.front()));
    number = message.receipt().number();
    const v1::SignedReceipt& signed_receipt = message.receipt().receipt();
    CHECK(wire::verify(whose.signing.public_key, wire::kReceiptContext, signed_receipt.receipt(),
                       signed_receipt.signature()));
    v1::Receipt receipt;
    REQUIRE(receipt.ParseFromString(signed_receipt.receipt()));
    return receipt;
  }
  void accept() {
    v1::BrokerMessage answer;
    answer.mutable_receipt_accepted()->set_number(number);
    postbox.on(answer, Micros{});
  }
  void reject(v1::Reason reason, const std::string& field, Micros now = Micros{}) {
    v1::BrokerMessage answer;
    answer.mutable_rejected()->set_number(number);
    answer.mutable_rejected()->set_reason(reason);
    answer.mutable_rejected()->set_field(field);
    postbox.on(answer, now);
  }

  wire::Credential whose = credential();
  InboxScene scene;
  Scene session;
  Inbox inbox{(scene.make(whose), scene.folder().open(Durable::at_once))};
  Postbox postbox{inbox, whose};
  std::uint64_t number = 0;
};

}  // namespace

TEST_CASE("DELIVERED goes in one letter, up to what a receipt holds; the rest follows its answer") {
  Post post;
  post.inbox.store(Lane::urgent, batch(1, 250), Micros{1});
  const auto first = post.letter();
  REQUIRE(first);
  CHECK(first->stage() == v1::Receipt::DELIVERED);
  CHECK(first->report_ids_size() == limits::kReceiptReports);
  CHECK(first->organization() == "east-gas");
  CHECK_FALSE(post.letter());
  post.accept();
  CHECK(post.letter()->report_ids_size() == 50);
  post.accept();
  CHECK_FALSE(post.letter());
  CHECK(post.inbox.owed(1).empty());
  post.inbox.store(Lane::urgent, {delivery(251)}, Micros{1});
  CHECK_FALSE(post.letter());
  post.postbox.fill();
  CHECK(post.letter()->report_ids(0) == report_id(251));
}

TEST_CASE("a letter names the newest state of the log that was proven") {
  Post post;
  post.inbox.store(Lane::urgent, {delivery(1)}, Micros{1});
  const auto without = post.letter();
  CHECK((without->tree_size() == 0 && without->tree_root().empty()));
  TreeHead head{17, {}};
  head.root.fill(9);
  post.postbox.saw(head);
  post.postbox.reconnected();
  const auto with = post.letter();
  CHECK(with->tree_size() == 17);
  CHECK(with->tree_root() == std::string(32, 9));
  const auto decoded = wire::decode_receipt(with->SerializeAsString());  // what the broker takes
  REQUIRE(std::holds_alternative<Receipt>(decoded));
  CHECK(std::get<Receipt>(decoded).seen == head);
}

TEST_CASE("without an answer it is said again; after a new session too") {
  Post post;
  post.inbox.store(Lane::urgent, {delivery(1)}, Micros{1});
  CHECK(post.letter(Micros{0}));
  CHECK_FALSE(post.letter(Micros{kSecond}));
  CHECK(post.letter(Micros{6 * kSecond}));
  post.postbox.reconnected();
  CHECK(post.letter(Micros{6 * kSecond}));
  post.accept();
  CHECK_FALSE(post.letter(Micros{60 * kSecond}));
}

TEST_CASE("a later answer never overtakes an earlier one") {
  Post post;
  post.inbox.store(Lane::urgent, {delivery(1)}, Micros{1});
  post.inbox.answered(*post.inbox.find("1"), Answer::relevant, "", Micros{2});
  post.inbox.answered(*post.inbox.find("1"), Answer::handled, "", Micros{3});
  CHECK(post.letter()->stage() == v1::Receipt::DELIVERED);
  post.accept();
  CHECK(post.letter()->answer() == v1::Receipt::RELEVANT);
  post.reject(v1::REASON_RATE_LIMITED, "");
  CHECK_FALSE(post.letter(Micros{kSecond / 2}));
  CHECK(post.letter(Micros{2 * kSecond})->answer() == v1::Receipt::RELEVANT);
  post.accept();
  CHECK(post.letter(Micros{2 * kSecond})->answer() == v1::Receipt::HANDLED);
}

TEST_CASE("one that the broker refuses for good keeps no other from it, and the refusal is noted") {
  Post post;
  post.inbox.store(Lane::urgent, batch(1, 3), Micros{1});
  CHECK(post.letter()->report_ids_size() == 3);
  post.reject(v1::REASON_RELATION_UNKNOWN, "reportIds[1]");
  const auto rest = post.letter();
  REQUIRE(rest->report_ids_size() == 2);
  CHECK(rest->report_ids(1) == report_id(3));
  post.accept();
  CHECK_FALSE(post.letter());
  CHECK(post.inbox.database().number("SELECT count(*) FROM receipts WHERE refused LIKE 'relation_unknown%'") == 1);
}

}  // namespace noroshi::test
