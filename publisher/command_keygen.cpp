// keygen: a member makes its own keys; only their public half leaves its hands.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <filesystem>
#include <iostream>
#include <memory>

#include "proto/wire/credential.h"
#include "publisher/commands.h"

namespace noroshi::publisher {
namespace {

void make_keys(const cli::Common& common, const std::string& out) {
  const std::string open_half = out + ".pub";
  std::error_code error;
  // Before anything is made: half a pair beside another's would be worse than none. The library never overwrites.
  for (const std::string& file : {out, open_half})
    if (std::filesystem::exists(file, error))
      throw cli::Failure(cli::kFailed,
                         file + common({": 既にあります。鍵は上書きしません。別の名前にしてください",
                                        ": exists already; keys are never overwritten, choose another name"}));
  wire::Credential credential;
  credential.transport = wire::make_transport_key();
  credential.signing = wire::make_signing_key();
  try {
    wire::save_credential(out, credential);
    wire::save_public_keys(open_half, {credential.transport.public_key, credential.signing.public_key});
  } catch (const wire::CredentialError& wrong) {
    throw cli::Failure(cli::kFailed, wrong.what());
  }
  const std::string id = wire::key_id(credential.signing.public_key);
  if (common.json) {
    std::cout << boost::json::serialize(boost::json::object{{"secret", out}, {"public", open_half}, {"keyId", id}})
              << "\n";
    return;
  }
  std::cout << common({"秘密鍵: ", "secret keys: "}) << out
            << common({" (誰にも渡さないでください)", " (keep them to yourself)"}) << "\n"
            << common({"公開鍵: ", "public keys: "}) << open_half
            << common({" (登録機関に渡してください: noroshi-broker enroll … --keys)",
                       " (for the registrar: noroshi-broker enroll … --keys)"})
            << "\n"
            << common({"署名鍵の識別子: ", "id of the signing key: "}) << id << "\n";
}

}  // namespace

void add_keygen(cli::Program& program) {
  const auto out = std::make_shared<std::string>();
  CLI::App* command =
      program.command("keygen", {"鍵を作る", "Make keys"},
                      {"noroshi-publisher keygen --out operator.keys", "noroshi-publisher keygen --out operator.keys"},
                      [&program, out] { make_keys(program.common, *out); });
  command
      ->add_option("--out", *out,
                   program.common({"秘密鍵のファイル。公開鍵は FILE.pub",
                                   "File of the secret keys; the public ones go to FILE.pub"}))
      ->required()
      ->option_text("FILE");
}

}  // namespace noroshi::publisher
