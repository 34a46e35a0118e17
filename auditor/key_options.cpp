#include "auditor/key_options.h"

#include <CLI/CLI.hpp>

#include "proto/client/positive.h"

namespace noroshi::auditor {

CLI::Option* add_access_options(CLI::App& app, const cli::Common& c, KeyOptions& options) {
  app.add_option("--verifier-key", options.verifier_key,
                 c({"ログの検証鍵 (noroshi-broker status の verifierKey)",
                    "The log's verifier key (verifierKey of noroshi-broker status)"}))
      ->option_text("KEY");
  app.add_option(
         "--timeout", options.timeout,
         c({"応答がないときにあきらめるまでの秒数 (既定 30)", "Give up after so many seconds without progress (30)"}))
      ->check(client::positive(c))
      ->option_text("SECONDS");
  return app.add_option("--credential", options.credential, c(kCredentialOfAuditor))->option_text("F");
}

void add_checkpoint_option(CLI::App& app, const cli::Common& c, KeyOptions& options) {
  app.add_option("--checkpoint", options.checkpoint,
                 c({"前回のチェックポイントを保存したファイル。比べて、成功したら新しいものにする",
                    "File with the checkpoint of the last time: compared, and replaced after success"}))
      ->option_text("FILE");
}

Given given_by(const KeyOptions& options) {
  Given out;
  if (!options.verifier_key.empty()) out.add_verifier_key(options.verifier_key);
  if (!options.registrar.empty()) out.add_registrar(options.registrar);
  return out;
}

Keys keys_for(const cli::Common& common, const KeyOptions& options, const wire::Credential& credential) {
  Given given = given_by(options);
  given.add(credential);
  if (!given.log)
    throw cli::Failure(
        cli::kUsage, options.credential +
                         common({": ログの鍵 (broker_log) がない古い資格情報です。--verifier-key で指定してください "
                                 "(noroshi-broker status の verifierKey)",
                                 ": has no broker_log, which older credentials lack: give the key with --verifier-key "
                                 "(verifierKey of noroshi-broker status)"}));
  return {*given.log, *given.registrar};
}

}  // namespace noroshi::auditor
