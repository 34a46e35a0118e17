#include <algorithm>

#include "auditor/verify.h"

namespace noroshi::auditor {

namespace {

Keys keys_in(const v1::BundleHead& head) {
  Keys out;
  const auto log = tlog::parse_verifier_key(head.verifier_key());
  if (!log || head.registrar().size() != out.registrar.size())
    throw Damaged(say({"鍵を読めません", "its keys cannot be read"}));
  out.log = *log;
  std::copy(head.registrar().begin(), head.registrar().end(), out.registrar.begin());
  return out;
}

}  // namespace

Verdict verify_bundle(BundleReader& bundle, const Given& given, const std::filesystem::path& seen_file,
                      const std::function<void()>& moved_on) {
  const Keys own = keys_in(bundle.head());
  if (given.log && *given.log != own.log)
    throw Wrong({Fault::key_mismatch, {}, tlog::to_text(*given.log) + " ≠ " + tlog::to_text(own.log)});
  if (given.registrar && *given.registrar != own.registrar)
    throw Wrong({Fault::key_mismatch, {}, say({"登録機関の鍵", "the registrar's key"})});

  const auto checkpoint_in = [&](const std::string& note) {
    auto open = opened(note, own.log);
    if (auto* finding = std::get_if<Finding>(&open)) throw Wrong(std::move(*finding));
    return std::get<tlog::Checkpoint>(std::move(open));
  };
  Earlier earlier;
  const auto hold_against = [&](const tlog::Checkpoint& before) {
    const auto [known, fresh] = earlier.emplace(before.size, before.root);
    if (!fresh && known->second != before.root) throw Wrong({Fault::rewritten, Seq{}, {}});
  };
  const Seen seen(seen_file, own.log);
  if (seen.checkpoint()) hold_against(*seen.checkpoint());
  for (const std::string& note : bundle.head().earlier()) hold_against(checkpoint_in(note));

  const tlog::Checkpoint checkpoint = checkpoint_in(bundle.head().checkpoint());
  auto leads_from = earlier_than(checkpoint, std::move(earlier));
  if (!leads_from) throw Wrong({Fault::rewritten, {}, {}});
  LogCheck check(own.registrar, std::move(*leads_from));
  while (const auto row = bundle.next()) {
    if (auto finding = check.take(row->entry, row->redacted)) throw Wrong(std::move(*finding));
    moved_on();
  }
  if (auto finding = check.finish(checkpoint)) throw Wrong(std::move(*finding));
  Verdict out{check.counts(), checkpoint, bundle.head().checkpoint(), given.all(), std::nullopt};
  if (seen.checkpoint()) out.before = seen.checkpoint()->size;
  return out;
}

}  // namespace noroshi::auditor
