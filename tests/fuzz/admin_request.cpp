// The bytes that come over the admin socket, and the members that a registrar may sign.
#include "noroshi/v1/admin.pb.h"
#include "proto/wire/decode.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using fuzz::promise;

void check_member(v1::MemberChange change, test::World& world) {
  const wire::SigningKey registrar = fuzz::fixed_signing_key('r');
  promise(!wire::open_member(registrar.public_key, change), "nobody enrols without the registrar");
  change.set_signature(wire::sign(registrar, wire::kMemberContext, change.member()));
  const auto member = wire::open_member(registrar.public_key, change);
  if (!member) return;
  const auto again = wire::open_member(registrar.public_key, wire::sign_member(registrar, *member));
  promise(again && again->organization == member->organization && again->transport_keys == member->transport_keys &&
              again->publish == member->publish && again->revoked == member->revoked,
          "a member survives being signed anew");
  world.step(core::ChangeMember{1, change.SerializeAsString(), *member});
  world.settle();
  world.step(world.hello(member->organization, core::Door::urgent, {"*"}));
  world.publish(test::report_of("r1", test::cast::denryoku()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  test::World world;
  world.enrol(test::cast::denryoku());
  while (!input.empty()) {
    v1::AdminRequest request;
    const Bytes bytes(input.piece());
    if (!request.ParseFromString(bytes)) continue;
    if (request.has_member()) check_member(request.member(), world);
    if (const auto posture = value_in(kPostures, request.posture().posture())) {
      world.step(core::ChangePosture{1, {*posture, request.posture().reason()}});
      world.settle();
      promise(world.broker().posture() == *posture, "the posture is what was asked for");
    }
  }
  const std::size_t members = world.broker().roster().all().size();
  world.restart();
  promise(world.broker().roster().all().size() == members, "a restart forgets nobody");
  return 0;
}
