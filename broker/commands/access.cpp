#include "broker/commands/access.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <thread>

#include "broker/runtime/admin_client.h"
#include "broker/runtime/offline.h"
#include "proto/types/words.h"

namespace noroshi::broker {

namespace {
// How long to wait for a directory that another program has and in which nothing listens: a broker that starts or stops,
// or another command.
constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kPause{50};
}  // namespace

void guarded(const std::function<void()>& work) {
  try {
    work();
  } catch (const runtime::ConfigError& error) {
    throw cli::Failure(cli::kUsage, error.what());
  } catch (const runtime::AdminUnreachable& error) {
    throw cli::Failure(cli::kUnreachable, error.what());
  }
}

void add_data_option(cli::Program& program, CLI::App& command, fs::path& data) {
  command.add_option("--data", data, program.common({"データディレクトリ", "The data directory"}))
      ->required()
      ->option_text("DIR");
}

void add_registrar_option(cli::Program& program, CLI::App& command, fs::path& registrar) {
  command
      .add_option("--registrar", registrar,
                  program.common({"登録機関の秘密鍵 (既定は DIR/keys/registrar.key)",
                                  "The registrar's key (default DIR/keys/registrar.key)"}))
      ->option_text("FILE");
}

Access::Access(const cli::Common& common_, const fs::path& root) : common(common_), data{root} {
  std::error_code error;
  if (!fs::is_directory(root, error))
    throw cli::Failure(cli::kFailed,
                       root.string() + ": " +
                           common({"データディレクトリがありません。noroshi-broker init --data で作ってください",
                                   "there is no such data directory; make it with noroshi-broker init --data"}));
  config = runtime::load_config(data.config());
}

Access::Answer Access::ask(const v1::AdminRequest& request) const {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    Answer answer;
    if (auto reply = runtime::ask_running(data, request)) {
      answer = {std::move(*reply), true};
    } else if (const auto offline = runtime::Offline::open(data)) {
      answer = {offline->handle(request, cli::wall_clock()), false};
    } else if (std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(kPause);
      continue;
    } else {
      throw cli::Failure(cli::kUnreachable,
                         data.root.string() + ": " +
                             common({"他のプログラムが使用中で、応答がありません。そのログを確認してください",
                                     "another program has this directory and does not answer; see its log"}));
    }
    if (answer.reply.error().empty()) return answer;
    throw cli::Failure(cli::kFailed,
                       common({"ブローカーが断りました: ", "the broker refused: "}) + answer.reply.error());
  }
}

wire::SigningKey Access::registrar(const fs::path& file) const {
  const fs::path path = file.empty() ? data.registrar_key() : file;
  if (std::error_code error; !fs::exists(path, error))
    throw cli::Failure(
        cli::kUsage,
        path.string() + ": " +
            common({"登録機関の秘密鍵がありません。別の場所で保管している場合は --registrar で指定してください",
                    "there is no registrar's key; if it is kept elsewhere, name it with --registrar"}));
  wire::SigningKey key = runtime::load_registrar(path);
  if (key.public_key != runtime::load_registrar_public(data))
    throw runtime::ConfigError(
        path.string() + ": " +
        common({"このブローカーが信頼する登録機関の鍵 (keys/registrar.pub) ではありません。--registrar "
                "で正しい鍵を指定してください",
                "is not the key that this broker trusts (keys/registrar.pub); name the right one with --registrar"}));
  return key;
}

}  // namespace noroshi::broker
