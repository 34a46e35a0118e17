// Small texts that people and programs hand us: times, ids, keys, topics, names, values on a command line. The first byte
// says which.
#include "auditor/replay_options.h"
#include "proto/cli/cli.h"
#include "proto/client/topics.h"
#include "proto/types/topic.h"
#include "schemas/report_check.h"
#include "subscriber/watch_options.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace noroshi;
using fuzz::promise;

void time(const std::string& text) {
  const auto read = cli::parse_time(text);
  if (!read) return;
  const std::string written = cli::rfc3339(*read);
  promise(cli::parse_time(written) == read, "a time survives being written");
  promise(cli::local_time(*read).ends_with(" JST"), "a time can be shown");
}

void id(const std::string& text) {
  if (!is_uuidv7(text)) return;
  promise(text.size() == 36 && text[14] == '7', "an id has the shape of one");
}

void octets(const std::string& text) {
  promise(wire::from_hex(wire::to_hex(text)) == text, "bytes survive hex");
  promise(wire::from_base64(wire::to_base64(text)) == text, "bytes survive base64");
  if (const auto raw = wire::from_hex(text)) {
    std::string lower = text;
    for (char& c : lower) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    promise(wire::to_hex(*raw) == lower, "hex has one spelling but for its case");
  }
  if (const auto raw = wire::from_base64(text)) promise(wire::to_base64(*raw) == text, "base64 has one spelling");
}

void topic(const std::string& text) {
  const bool known = fuzz::matrix().knows_topic(text);
  const auto objection = client::unknown_topic({}, fuzz::matrix(), {text});
  promise(known != objection.has_value(), "what the matrix does not have is objected to");
  promise(client::near_topics(fuzz::matrix(), text).size() <= 3, "at most three suggestions");
  for (const std::string& near : client::near_topics(fuzz::matrix(), text))
    promise(fuzz::matrix().knows_topic(near), "what is suggested exists");
  promise(covers("*", text) && (text.empty() || covers(text, text)), "a topic covers itself");
  promise(!covers(text, "") || text == "*", "nothing else covers nothing");
}

template <class Table>
void name_in_table(const Table& table, const std::string& text) {
  if (const auto value = value_in(table, text)) promise(name_in(table, *value) == text, "one name, one value");
}

void names(const std::string& text) {
  name_in_table(kTlps, text);
  name_in_table(kTiers, text);
  name_in_table(kPostures, text);
  name_in_table(kStatuses, text);
}

void columns(const std::string& text) {
  const std::string shown = cli::printable(text);
  promise(fuzz::fit_for_terminal(shown), "what is printable stays as it is");
  for (const std::size_t wanted : {0U, 1U, 2U, 20U}) {
    promise(cli::width(cli::cut_to(shown, wanted)) <= wanted, "a cut text fits");
    promise(cli::width(cli::pad(shown, wanted)) >= wanted, "a padded text fills");
  }
}

template <class Read>
void option(Read read) {
  try {
    read();
  } catch (const cli::Failure& failure) {
    promise(failure.code == cli::kUsage && *failure.what() != '\0', "a wrong value is named");
  }
}

void bounds(const std::string& text) {
  subscriber::WatchOptions watch;
  watch.from = text;
  option([&] {
    subscriber::check({}, watch, fuzz::matrix());
    promise(text == "now" || watch.first().value() > Seq{}, "a beginning is a sequence");
  });
  auditor::ReplayOptions replay;
  const std::size_t middle = text.find('|');
  replay.from = text.substr(0, middle);
  if (middle != std::string::npos) replay.to = text.substr(middle + 1);
  option([&] {
    const auto order = auditor::order_of({}, replay, fuzz::matrix());
    promise(order.to == Seq{} || order.from <= order.to, "a replay goes forward");
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  constexpr void (*kForms[])(const std::string&) = {time, id, octets, topic, names, columns, bounds};
  const std::size_t which = input.byte() % std::size(kForms);
  kForms[which](std::string(input.rest()));
  return 0;
}
