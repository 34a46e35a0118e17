// What enrolled members may send: frames on every door, in any order, through codec and core and back.
#include <google/protobuf/message.h>

#include <array>

#include "broker/runtime/submission.h"
#include "broker/transport/codec.h"
#include "proto/types/limits.h"
#include "proto/wire/client_session.h"
#include "proto/wire/decode.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using fuzz::promise;

const std::array<Member, 5>& cast() {
  static const std::array<Member, 5> members{test::cast::denryoku(), test::cast::nisc(), test::cast::hatsuden(),
                                             test::cast::bank(), test::cast::auditor(Tlp::amber)};
  return members;
}

class Scene {
 public:
  Scene() {
    for (const Member& member : cast()) {
      v1::MemberChange change;
      change.set_member(wire::to_wire(member).SerializeAsString());
      world_.step(core::ChangeMember{1, change.SerializeAsString(), member});
      world_.settle();
    }
  }

  void play(fuzz::Input& input) {
    while (!input.empty()) {
      const unsigned what = input.byte();
      const Member& who = cast().at((what & 7U) % cast().size());
      const auto door = static_cast<core::Door>(1 + (what >> 3U & 3U) % 3);
      switch (what >> 5U) {
        case 4: check(world_.settle()); break;
        case 5: check(world_.after(input.byte(), core::Tick{})); break;
        case 6: world_.reconnect(who.organization, door); break;
        case 7: world_.restart(); break;
        default: check(world_.step(command(who, door, input.piece())));
      }
    }
    check(world_.settle());
    check(world_.step(core::Shutdown{}));
    check(world_.settle());
  }

 private:
  core::Command command(const Member& who, core::Door door, std::string_view frame) {
    const core::Peer peer = world_.peer(who.organization, door);
    const auto parsed = transport::parse_client_frame(frame);
    if (const auto* reason = std::get_if<Reason>(&parsed)) {
      promise(*reason == Reason::malformed || *reason == Reason::too_large, "a frame that is none is one of the two");
      return core::BadFrame{peer, *reason};
    }
    const auto& message = std::get<v1::ClientMessage>(parsed);
    if (!message.has_submit()) {
      const auto command = transport::to_command(peer, message);
      promise(command.has_value(), "everything but a Submit is a command");
      return *command;
    }
    core::Submit submit = runtime::check_submission(peer, message.submit(), {});
    // No fuzzer finds a signature: whatever stands in its place counts as a good one.
    submit.signed_by = who.signing_keys.front();
    submit.signature_valid = !message.submit().report().signature().empty();
    if (const Report* report = std::get_if<Report>(&submit.decoded)) {
      submit.same_id = world_.stored(report->id);
      if (report->relates_to) submit.related = world_.stored(report->relates_to->report);
    }
    return submit;
  }

  void check(const core::Outcome& outcome) {
    for (const core::Send& send : outcome.send) check(send.message);
    for (const core::AdminDone& done : outcome.admin) promise(done.error.empty(), "members of the cast are enrolled");
  }

  void check(const core::Message& message) {
    if (const auto* refused = std::get_if<core::Refused>(&message)) {
      promise(transport::encode_refused(refused->reason).refused().reason() != 0, "a refusal has a reason");
      return;
    }
    if (std::holds_alternative<core::HelloRequired>(message)) return;
    if (const auto* rejected = std::get_if<core::Rejected>(&message))
      promise(name_of(rejected->why.reason) != "?" && !rejected->why.detail.empty(), "a rejection says what is wrong");
    const v1::BrokerMessage said = encoder_.encode(message, world_.now);
    v1::BrokerMessage heard;
    const Bytes bytes = said.SerializeAsString();
    promise(said.kind_case() != v1::BrokerMessage::KIND_NOT_SET, "everything the core says can be encoded");
    promise(bytes.size() <= limits::kBrokerFrameBytes, "no frame is larger than clients take");
    promise(wire::parse_strict(heard, bytes), "clients can read what the broker says");
    if (const auto* deliver = std::get_if<core::Deliver>(&message)) check(*deliver, heard.deliver());
  }

  static void check(const core::Deliver& deliver, const v1::Deliver& heard) {
    const auto entries = wire::unpack(heard);
    promise(entries && entries->size() == deliver.entries.size(), "a delivery arrives whole");
    Seq last{};
    for (const v1::LogEntry& each : *entries) {
      const Entry entry = wire::from_wire(each);
      promise(last < entry.seq && entry.seq <= deliver.upto, "entries come in order, up to what is said");
      last = entry.seq;
    }
  }

  test::World world_;
  transport::Encoder encoder_{{"fuzz.example", {}}};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  Scene().play(input);
  return 0;
}
