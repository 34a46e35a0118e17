#include "auditor/verify.h"

#include <CLI/CLI.hpp>

#include <memory>

#include "auditor/key_options.h"
#include "auditor/live_audit.h"
#include "auditor/progress.h"
#include "proto/cli/credential.h"
#include "proto/client/stop_signal.h"

namespace noroshi::auditor {

namespace {

struct VerifyOptions {
  KeyOptions keys;
  std::filesystem::path bundle;
};

Verdict verify_live(const cli::Common& common, const KeyOptions& options) {
  const wire::Credential credential = cli::enrolled_credential(common, options.credential);
  const Keys keys = keys_for(common, options, credential);
  const Seen seen(options.checkpoint, keys.log);
  LiveAudit audit(common, {options.credential, options.timeout}, credential, keys, seen);
  audit.run(v1::Replay::VERIFY, [](const Entry&, bool) {});
  seen.replace(audit.note());
  Verdict out{audit.check().counts(), audit.checkpoint(), audit.note(), true, std::nullopt};
  if (seen.checkpoint()) out.before = seen.checkpoint()->size;
  return out;
}

Verdict verify_file(const cli::Common& common, const VerifyOptions& options) {
  Given given = given_by(options.keys);
  if (!options.keys.credential.empty()) given.add(cli::enrolled_credential(common, options.keys.credential));
  BundleReader bundle(options.bundle);
  Progress progress(false);
  const Verdict out = verify_bundle(bundle, given, options.keys.checkpoint, [&] {
    progress.show(bundle.done(), bundle.size());
    if (client::stop_requested()) throw cli::Failure(cli::kFailed, common({"中断しました", "interrupted"}));
  });
  // Only what was checked with keys from elsewhere is worth remembering.
  if (given.log) Seen(options.keys.checkpoint, *given.log).replace(out.note);
  return out;
}

void verify(cli::Program& program, const VerifyOptions& options) {
  const cli::Common& c = program.common;
  if (options.bundle.empty() && options.keys.credential.empty())
    throw cli::Failure(cli::kUsage, c({"--credential F (ブローカーのログ) か --bundle FILE を指定してください",
                                       "give --credential F, for a broker's log, or --bundle FILE"}));
  client::watch_stop_signals();
  judged(program,
         [&] { conclude(program, options.bundle.empty() ? verify_live(c, options.keys) : verify_file(c, options)); });
}

}  // namespace

void add_verify(cli::Program& program) {
  const auto o = std::make_shared<VerifyOptions>();
  const cli::Common& c = program.common;
  constexpr std::string_view kExample =
      "noroshi-auditor verify --credential auditor.toml --checkpoint noroshi.checkpoint\n"
      "  noroshi-auditor verify --bundle 2026-06.bundle --credential auditor.toml";
  CLI::App* app = program.command("verify",
                                  {"ログの全体を検証する: 抜け、書き換え、署名、以前との一致",
                                   "Verifies the whole log: gaps, changes, signatures, agreement with earlier times"},
                                  {kExample, kExample}, [&program, o] { verify(program, *o); });
  add_access_options(*app, c, o->keys);
  add_checkpoint_option(*app, c, o->keys);
  app->add_option("--bundle", o->bundle,
                  c({"ブローカーではなく、export --bundle で作ったファイルを検証する (オフライン)",
                     "Verify this file, made by export --bundle, instead of a broker's log (offline)"}))
      ->option_text("FILE");
  app->add_option("--registrar", o->keys.registrar,
                  c({"登録機関の公開鍵 (16進64桁、資格情報の registrar)",
                     "The registrar's public key (64 hex digits, `registrar` of every credential)"}))
      ->option_text("HEX");
}

}  // namespace noroshi::auditor
