// A bundle, as somebody hands it to an auditor. The first byte says what follows: the file as it is, or its records as pieces, which
// get the lengths and the chain that a file has, so that what is inside them is reached.
#include "auditor/bundle.h"
#include "auditor/verify.h"
#include "proto/tlog/tree.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace noroshi;
using fuzz::promise;

std::string length_of(std::size_t bytes) {
  return {static_cast<char>(bytes >> 24U), static_cast<char>(bytes >> 16U), static_cast<char>(bytes >> 8U),
          static_cast<char>(bytes)};
}

std::string framed(fuzz::Input input) {
  std::string out;
  Hash chain{};
  const auto add = [&](const std::string& record) {
    chain = wire::sha256(tlog::octets(chain), record);
    out += record;
  };
  add("NOROSHI-BUNDLE 1\n");
  while (!input.empty())
    if (const std::string_view piece = input.piece(); !piece.empty()) add(length_of(piece.size()) + std::string(piece));
  add(length_of(0));
  return out.append(tlog::octets(chain));
}

auditor::Given keys() {
  auditor::Given out;
  out.log = tlog::log_key("noroshi.example.jp", fuzz::fixed_signing_key('l').public_key);
  out.registrar = fuzz::fixed_signing_key('r').public_key;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const bool raw = input.byte() == 0;
  const fuzz::MemoryFile file(raw ? std::string(input.rest()) : framed(input));
  for (const auditor::Given& given : {keys(), auditor::Given{}}) try {
      auditor::BundleReader bundle(file.path());
      const auditor::Verdict verdict = auditor::verify_bundle(bundle, given, {}, [] {});
      const auditor::LogCheck::Counts& n = verdict.counts;
      promise(n.entries == verdict.checkpoint.size, "what is verified is all that the checkpoint is of");
      promise(n.redacted + n.reports + n.receipts + n.members <= n.entries, "every entry is counted once");
      promise(n.trees_agree + n.trees_differ <= n.receipts, "a receipt names one tree at most");
      promise(verdict.keys_given == given.all(), "it is said whose keys these are");
    } catch (const auditor::Wrong& no) {
      promise(auditor::describe(no.finding).size() > 8, "a finding says what is wrong");
    } catch (const auditor::Damaged& no) {
      promise(std::string_view(no.what()).size() > 8, "damage is told");
    }
  return 0;
}
