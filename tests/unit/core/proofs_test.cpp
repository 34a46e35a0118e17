// Who is told how the log proves what.
#include "broker/core/planted.h"
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;

struct Proving : World {
  Proving() {
    Member publisher = cast::gas_gaisha();
    publisher.subscribe = false;
    for (const Member& member : {cast::nisc(), cast::hatsuden(), cast::bank(), publisher, cast::auditor(Tlp::green)})
      enrol(member);
    for (const char* who : {"nisc", "hatsuden", "bank", "gas-gaisha", "auditor"}) step(hello(who, Door::archive));
    publish(labelled(report_of("secret", cast::nisc()), "RED", {{}, {}, {"bank"}}));
    publish(report_of("open", cast::nisc()));
    publish(labelled(report_of("own", publisher), "AMBER", {{"gas"}, {}, {}}));
  }
  Seq seq_of(const std::string& name) { return stored(report_id(name))->entry.seq; }

  // As the shell answers: the tree has whatever is in the log.
  core::ProofAnswer ask(const std::string& who, Seq seq, std::uint64_t size = 0, bool named = false) {
    const std::optional<Hash> leaf = named ? std::optional(Hash{2}) : std::nullopt;
    const core::Outcome asked = step(core::ProofQuery{peer(who, Door::archive), 7, seq, size, leaf});
    REQUIRE(asked.prove.size() == 1);
    CHECK(asked.prove[0].durable.value == log().size());
    CHECK(asked.prove[0].leaf == leaf);
    const core::ProofRequest& request = asked.prove[0];
    core::ProofDone done{request.peer, request.number, nullptr, "a checkpoint", {}, false};
    done.found = request.seq.value <= log().size() && request.size <= log().size();
    if (done.found && request.seq != Seq{}) done.entry = log().at(request.seq.value - 1);
    if (done.found) done.proof = {Hash{1}};
    done.named = named;
    return answered(step(done), who);
  }
  core::ProofAnswer answered(const core::Outcome& outcome, const std::string& who) {
    const auto all = sent<core::ProofAnswer>(outcome, peer(who, Door::archive).id);
    REQUIRE(all.size() == 1);
    return all[0];
  }
};

bool nothing_known(const core::ProofAnswer& answer) {
  return answer.number == 7 && !answer.known && answer.proof.empty() && answer.checkpoint == "a checkpoint";
}

}  // namespace

TEST_CASE("who may have a report may have its proof; to everybody else it does not exist") {
  Proving stage;
  struct Row {
    const char* who;
    const char* report;
    bool known;
  };
  for (const Row& row : {Row{"bank", "secret", true}, Row{"nisc", "secret", true}, Row{"hatsuden", "secret", false},
                         Row{"gas-gaisha", "secret", false}, Row{"hatsuden", "open", true},
                         Row{"gas-gaisha", "open", false},  // it reads nothing
                         Row{"gas-gaisha", "own", true}, Row{"bank", "own", false}, Row{"auditor", "secret", true},
                         Row{"auditor", "own", true}}) {
    INFO(row.who << ", " << row.report);
    const core::ProofAnswer answer = stage.ask(row.who, stage.seq_of(row.report));
    CHECK(answer.known == row.known);
    if (row.known)
      CHECK(answer.proof.size() == 1);
    else
      CHECK(nothing_known(answer));
  }
}

TEST_CASE("who names an entry by its leaf was given it, and gets its proof whatever it may have by now") {
  Proving stage;
  CHECK(stage.ask("hatsuden", stage.seq_of("secret"), 0, true).proof.size() == 1);
  CHECK(stage.ask("gas-gaisha", Seq{1}, 0, true).known);
  CHECK(nothing_known(stage.ask("hatsuden", next(stage.broker().head()), 0, true)));
}

TEST_CASE("what is no report is for auditors") {
  Proving stage;
  CHECK(stage.ask("auditor", Seq{1}).known);
  CHECK(nothing_known(stage.ask("nisc", Seq{1})));
}

TEST_CASE("beyond the log there is nothing to prove") {
  Proving stage;
  const Seq beyond = next(stage.broker().head());
  CHECK(nothing_known(stage.ask("auditor", beyond)));
  CHECK(nothing_known(stage.ask("bank", beyond)));
  CHECK(nothing_known(stage.ask("bank", Seq{}, beyond.value)));
}

TEST_CASE("consistency, and the checkpoint alone, are for everybody who has a session") {
  Proving stage;
  CHECK(stage.ask("gas-gaisha", Seq{}, 3).known);
  CHECK(stage.ask("gas-gaisha", Seq{}).known);
  const core::Peer stranger = stage.peer("vendor", Door::archive);
  CHECK(sent<core::HelloRequired>(stage.step(core::ProofQuery{stranger, 1, Seq{1}, 0}), stranger.id).size() == 1);
}

TEST_CASE("one question at a time") {
  Proving stage;
  const core::Peer bank = stage.peer("bank", Door::archive);
  const core::Outcome out = stage.step(core::ProofQuery{bank, 1, Seq{1}, 2});
  CHECK(out.prove.empty());
  REQUIRE(sent<core::Refused>(out, bank.id).size() == 1);
  CHECK(sent<core::Refused>(out, bank.id)[0].reason == Reason::malformed);
}

TEST_CASE("whoever was revoked while the log was read is told nothing") {
  Proving stage;
  const core::Peer bank = stage.peer("bank", Door::archive);
  stage.step(core::ProofQuery{bank, 7, stage.seq_of("secret"), 0});
  Member gone = cast::bank();
  gone.revoked = true;
  stage.enrol(gone);
  core::ProofDone done{bank.id, 7, stage.stored(report_id("secret")), "a checkpoint", {Hash{1}}, true};
  CHECK(sent<core::ProofAnswer>(stage.step(done), bank.id).empty());
}
