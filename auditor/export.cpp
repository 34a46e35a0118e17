#include "auditor/export.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <iostream>
#include <memory>
#include <optional>

#include "auditor/bundle.h"
#include "auditor/csv.h"
#include "auditor/entry_view.h"
#include "auditor/key_options.h"
#include "auditor/live_audit.h"
#include "auditor/verdict.h"
#include "proto/client/stop_signal.h"

namespace noroshi::auditor {

namespace {

struct ExportOptions {
  KeyOptions keys;
  std::filesystem::path bundle;
  std::string format;
  std::filesystem::path out;
};

std::string octets(const PublicKey& key) { return {key.begin(), key.end()}; }

// Verified on the way: what does not hold is no file in the end.
void export_bundle(cli::Program& program, const ExportOptions& options, const wire::Credential& credential) {
  const cli::Common& c = program.common;
  const Keys keys = keys_for(c, options.keys, credential);
  const Seen seen(options.keys.checkpoint, keys.log);
  LiveAudit audit(c, {options.keys.credential, options.keys.timeout}, credential, keys, seen);
  v1::BundleHead head;
  head.set_verifier_key(tlog::to_text(keys.log));
  head.set_registrar(octets(keys.registrar));
  head.set_checkpoint(audit.note());
  if (seen.checkpoint()) head.add_earlier(seen.note());
  head.set_matrix_version(audit.matrix_version());
  head.set_exported_at_us(cli::wall_clock().value);
  head.set_organization(credential.organization);
  BundleWriter out(options.bundle, head);
  audit.run(v1::Replay::EXPORT, [&](const Entry& entry, bool redacted) { out.add(entry, redacted); });
  out.finish();
  seen.replace(audit.note());
  Verdict verdict{audit.check().counts(), audit.checkpoint(), audit.note(), true, std::nullopt};
  if (seen.checkpoint()) verdict.before = seen.checkpoint()->size;
  conclude(program, verdict);
}

void export_rows(cli::Program& program, const ExportOptions& options, const wire::Credential& credential) {
  const cli::Common& c = program.common;
  std::optional<NewFile> file;
  if (!options.out.empty()) file.emplace(options.out);
  const auto put = [&](const std::string& text) {
    if (file) return file->write(text);
    std::cout << text;
    if (!std::cout) throw cli::output_lost();
  };
  const bool csv = options.format == "csv";
  if (csv) put(csv_head());
  LogWalk walk(c, {options.keys.credential, options.keys.timeout}, credential, everything(v1::Replay::EXPORT), !file);
  const bool whole = walk.run([&](const ReplayEntry& entry) {
    if (entry.signature != client::Check::valid && !entry.redacted) program.worse(cli::kUnverified);
    put(csv ? csv_row(entry) : entry_json(entry, true) + "\n");
  });
  if (!whole) throw cli::Failure(cli::kFailed, c({"中断しました", "interrupted"}));
  if (file) file->put_in_place();
}

void run_export(cli::Program& program, const ExportOptions& options) {
  const cli::Common& c = program.common;
  if (options.bundle.empty() == options.format.empty())
    throw cli::Failure(cli::kUsage, c({"--bundle FILE か --format ndjson|csv のどちらか一方を指定してください",
                                       "give either --bundle FILE or --format ndjson|csv"}));
  const wire::Credential credential = cli::enrolled_credential(c, options.keys.credential);
  client::watch_stop_signals();
  if (options.bundle.empty()) return export_rows(program, options, credential);
  judged(program, [&] { export_bundle(program, options, credential); });
}

}  // namespace

void add_export(cli::Program& program) {
  const auto o = std::make_shared<ExportOptions>();
  const cli::Common& c = program.common;
  constexpr std::string_view kExample =
      "noroshi-auditor export --bundle 2026-06.bundle --credential auditor.toml\n"
      "  noroshi-auditor export --format csv --out log.csv --credential auditor.toml";
  CLI::App* app = program.command("export",
                                  {"ログを1つのファイルに書き出す: 検証できるバンドル、または ndjson と csv",
                                   "Writes the log to a file: a bundle to verify elsewhere, or ndjson and csv"},
                                  {kExample, kExample}, [&program, o] { run_export(program, *o); });
  add_access_options(*app, c, o->keys)->required();
  add_checkpoint_option(*app, c, o->keys);
  app->add_option("--bundle", o->bundle,
                  c({"検証しながら、オフラインで検証できる1つのファイルにする",
                     "Verify the log and keep it in one file that can be verified offline"}))
      ->option_text("FILE");
  app->add_option("--format", o->format,
                  c({"1行1件の ndjson (salt と body を含む) または csv",
                     "One entry a line: ndjson (with salt and body) or csv"}))
      ->check(CLI::IsMember({"ndjson", "csv"}))
      ->option_text("ndjson|csv");
  app->add_option("--out", o->out,
                  c({"--format の出力先。既定は標準出力", "Where --format writes; standard output by default"}))
      ->option_text("FILE");
}

}  // namespace noroshi::auditor
