// What a broker may send to subscriber and auditor: frames as the network has them, and what is inside once they open.
#include "auditor/entry_view.h"
#include "auditor/replay_session.h"
#include "broker/transport/codec.h"
#include "proto/wire/compress.h"
#include "proto/wire/decode.h"
#include "subscriber/subscription.h"
#include "tests/fuzz/display.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace noroshi;
using fuzz::promise;

const Bytes kKey(wire::kSessionKeyBytes, 'k');
const char kOrganization[] = "denryoku";

const wire::SigningKey& registrar() {
  static const wire::SigningKey key = fuzz::fixed_signing_key('r');
  return key;
}
const wire::SigningKey& author() {
  static const wire::SigningKey key = fuzz::fixed_signing_key('a');
  return key;
}

auto& given(subscriber::Subscription::Output& out) { return out.deliveries; }
auto& given(auditor::ReplaySession::Output& out) { return out.entries; }

void show(const subscriber::Delivery& entry, const subscriber::Subscription&) {
  promise(entry.entry.kind == EntryKind::report && !entry.redacted, "a lane delivers whole reports");
  fuzz::check_display(entry);
}

void show(const auditor::ReplayEntry& entry, const auditor::ReplaySession&) {
  fuzz::check_json_line(auditor::entry_json(entry, true));
  promise(fuzz::fit_for_terminal(auditor::entry_text({}, fuzz::matrix(), entry)), "an entry is fit for a terminal");
}

// The broker's end of one session, hostile.
template <class Session>
class Talk {
 public:
  explicit Talk(Session session) : session_(std::move(session)) {}

  void run(fuzz::Input& input) {
    took(session_.connect(now_));
    while (!input.empty()) {
      switch (input.byte() % 8) {
        case 0: took(session_.on_frame(input.piece(), now_)); break;
        case 1: say(input.piece(), true); break;
        case 2: say(input.piece(), false); break;
        case 3: welcome(input.byte()); break;
        case 4: deliver(input.piece()); break;
        case 5: roster(input.piece()); break;
        case 6: report(input); break;
        case 7: wait(input.byte()); break;
      }
    }
  }

 private:
  void say(const v1::BrokerMessage& message) { say(message.SerializeAsString(), message.has_welcome()); }

  // Sealed; at the beginning of a stream or within it.
  void say(std::string_view plain, bool anew) {
    v1::BrokerFrame frame;
    if (anew || !sealer_) {
      sealer_.emplace(kKey);
      frame.set_header(sealer_->header());
    }
    frame.set_sealed(sealer_->seal(plain));
    took(session_.on_frame(frame.SerializeAsString(), now_));
  }

  void welcome(std::uint8_t head) {
    v1::BrokerMessage message;
    message.mutable_welcome()->set_head(head);
    say(message);
  }

  // Any LogEntries, or what else stands there, packed as a digest.
  void deliver(std::string_view entries) {
    v1::BrokerMessage message;
    message.mutable_deliver()->set_digest(true);
    message.mutable_deliver()->add_blocks()->set_zstd(wire::compress(entries));
    say(message);
  }

  // The answer to the newest query: our author, and a member record of the input, signed by the registrar.
  void roster(std::string_view member) {
    Member known;
    known.organization = kOrganization;
    known.tier = Tier::ceptoar;
    known.signing_keys = {author().public_key};
    v1::BrokerMessage message;
    message.mutable_roster()->set_number(asked_);
    *message.mutable_roster()->add_members() = wire::sign_member(registrar(), known);
    v1::MemberChange& other = *message.mutable_roster()->add_members();
    other.set_member(Bytes(member));
    other.set_signature(wire::sign(registrar(), wire::kMemberContext, other.member()));
    say(message);
  }

  // A report that really is our author's, as an entry after the last one.
  void report(fuzz::Input& input) {
    const unsigned lane = input.byte();
    const std::string_view bytes = input.piece();
    v1::SignedReport signed_report;
    signed_report.set_report(Bytes(bytes));
    signed_report.set_signature(wire::sign(author(), wire::kReportContext, bytes));
    signed_report.set_key_id(wire::key_id(author().public_key));
    Entry entry;
    entry.seq = Seq{++said_};
    entry.kind = EntryKind::report;
    entry.lane = lane % 2 == 0 ? Lane::urgent : Lane::batched;
    entry.body = signed_report.SerializeAsString();
    v1::LogEntries entries;
    wire::to_wire(entry, false, *entries.add_entries());
    v1::BrokerMessage message;
    if constexpr (std::is_same_v<Session, subscriber::Subscription>) {
      message.mutable_deliver()->add_blocks()->set_entries(entries.SerializeAsString());
      message.mutable_deliver()->set_upto(said_);
    } else {
      *message.mutable_replay_chunk()->mutable_entries() = entries;
      message.mutable_replay_chunk()->set_upto(said_);
    }
    say(message);
  }

  void wait(std::uint8_t tenths) {
    now_ = now_ + tenths * 100 * kMicrosPerMilli;
    took(session_.on_tick(now_));
  }

  void took(typename Session::Output out) {
    send(out.send);
    shortened_ = shortened_ || out.log_shortened;
    for (const auto& each : given(out)) {
      // After a log that became shorter, sequences are counted anew.
      promise(shortened_ || last_ < each.entry.seq, "each entry is given once, in order");
      last_ = each.entry.seq;
      show(each, session_);
      send(session_.acknowledge(each.entry.seq));
    }
    if (!out.lost) return;
    sealer_.reset();
    took(session_.connect(now_));
  }

  void send(const std::vector<Bytes>& frames) {
    for (const Bytes& frame : frames) {
      const auto parsed = transport::parse_client_frame(frame);
      const auto* message = std::get_if<v1::ClientMessage>(&parsed);
      promise(message && transport::to_command({}, *message), "a broker understands what its clients say");
      if (message->has_query()) asked_ = message->query().number();
    }
  }

  Session session_;
  std::optional<wire::Sealer> sealer_;
  Micros now_{1'800'000'000 * kMicrosPerSecond};
  Seq last_{};
  std::uint64_t said_ = 0;
  std::uint64_t asked_ = 0;
  bool shortened_ = false;
};

Bytes same_key(std::size_t) { return kKey; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const unsigned who = input.byte();
  if (who % 2 == 0) {
    subscriber::Subscription session(registrar().public_key, {{"*"}, {}, 256, "fuzz"}, same_key);
    if (who & 2U) session.start_now();
    Talk(std::move(session)).run(input);
  } else {
    auditor::ReplayOrder order;
    for (const auto& [kind, name] : kEntryKinds) order.kinds.push_back(wire::to_wire(kind));
    if (who & 2U) order.to = Seq{100};
    Talk(auditor::ReplaySession(registrar().public_key, order, "fuzz", same_key)).run(input);
  }
  return 0;
}
