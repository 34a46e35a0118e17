// Bodies of log entries, as a disk or a broker gives them: the first byte is the kind and the lane.
#include "auditor/entry_view.h"
#include "broker/core/broker.h"
#include "proto/wire/decode.h"
#include "tests/fuzz/display.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace noroshi;
using fuzz::promise;

// Of what arrives: as the auditor takes it, whatever the body says.
void check_view(const Entry& entry, bool redacted) {
  const wire::SigningKey registrar = fuzz::fixed_signing_key('r');
  client::Intake intake(registrar.public_key);
  intake.welcomed(Seq{}, entry.seq);
  v1::Roster answer;
  answer.set_number(intake.query({}).value().number());
  intake.roster(answer);
  intake.arrived({{entry, redacted}}, entry.seq, false);
  auto given = intake.give();
  // An author nobody knows is asked for once more.
  if (const auto query = intake.query({})) {
    answer.set_number(query->number());
    intake.roster(answer);
    given = intake.give();
  }
  promise(given.size() == 1, "what arrives is given");
  fuzz::check_json_line(auditor::entry_json(given.front(), true));
  for (const cli::Language language : {cli::Language::ja, cli::Language::en}) {
    cli::Common common;
    common.language = language;
    const std::string text = auditor::entry_text(common, fuzz::matrix(), given.front());
    promise(fuzz::fit_for_terminal(text) && text.ends_with('\n'), "an entry is fit for a terminal");
  }
}

void check_travel(const Entry& entry) {
  v1::LogEntry out;
  wire::to_wire(entry, false, out);
  const Entry whole = wire::from_wire(out);
  promise(whole.body == entry.body && whole.leaf == entry.leaf && whole.lane == entry.lane, "an entry travels whole");
  wire::to_wire(entry, true, out);
  promise(wire::from_wire(out).leaf == entry.leaf && out.body().empty() && out.salt().empty(),
          "a redacted entry keeps its leaf, and nothing else of its body");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const unsigned what = input.byte();
  Entry entry;
  entry.seq = Seq{1};
  entry.kind = kEntryKinds.at(what % kEntryKinds.size()).first;
  entry.lane = (what & 64U) ? Lane::batched : Lane::urgent;
  entry.body = Bytes(input.rest());
  entry.leaf = wire::leaf_of(entry.salt, entry.body);
  check_travel(entry);
  check_view(entry, (what & 128U) != 0);
  try {
    const Record record = wire::decode_entry(entry);
    core::Broker broker(core::Settings{fuzz::matrix(), {"electricity"}, {}});
    broker.restore(record);
    broker.restart_after(entry.seq, entry.recorded_at);
    broker.step(core::Tick{}, Micros{kMicrosPerSecond});
  } catch (const std::runtime_error& error) {
    promise(std::string_view(error.what()).size() > 8, "an error says what is wrong");
  }
  return 0;
}
