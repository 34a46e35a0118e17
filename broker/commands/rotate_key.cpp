// rotate-key
#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "broker/commands/member_view.h"
#include "broker/commands/parts.h"
#include "broker/runtime/next_key.h"

namespace noroshi::broker {
namespace {

struct RotateKeyOptions {
  fs::path data, registrar;
  bool finish = false;
  bool abandon = false;
};

enum class Step { announced, finishing, finished, abandoned };
constexpr NameTable<Step, 4> kSteps{{{Step::announced, "announced"},
                                     {Step::finishing, "at-next-start"},
                                     {Step::finished, "finished"},
                                     {Step::abandoned, "abandoned"}}};

// What a person should read: what is so now, and what comes next.
std::string told(const cli::Common& common, Step step, bool changed, bool running) {
  switch (step) {
    case Step::announced:
      return (changed ? common({"次の通信鍵を作りました。", "made the next transport key. "})
                      : common({"次の通信鍵はすでに予告中です。何も変えていません。",
                                "a next transport key is pending already: nothing was changed. "})) +
             (running
                  ? common({"会員に知らせています。", "Members are being told. "})
                  : common({"会員には、ブローカーの起動後に知らせます。", "Members are told once the broker runs. "})) +
             common({"status で行き渡ったことを確かめてから --finish を実行してください",
                     "When status says that all have it, run this with --finish"});
    case Step::finishing:
      return common(
          {"次の起動から新しい通信鍵を使います。ブローカーを起動し直してください。前の鍵はそのとき消します",
           "the next transport key takes over at the next start: restart the broker. The former one is erased then"});
    case Step::finished:
      return common({"通信鍵を替え、前の鍵を消しました。keys/ のバックアップを取り直してください",
                     "the transport key was changed and the former one erased. Renew your backup of keys/"});
    case Step::abandoned: break;
  }
  return changed ? common({"次の通信鍵を取り下げ、消しました", "the next transport key was withdrawn and erased"})
                 : common({"予告中の通信鍵はありません。何も変えていません",
                           "no next transport key is pending: nothing was changed"});
}

void rotate_key(const cli::Common& common, const RotateKeyOptions& options) {
  const Access access(common, options.data);
  const Micros now = cli::wall_clock();
  v1::AdminRequest look, again;
  look.mutable_status();
  again.mutable_broker_key();
  Step step = Step::announced;
  bool changed = false;
  std::vector<std::string> unaware, unheard;
  if (options.finish) {
    access.ask(again);  // what it says of its members is about this key
    const v1::StatusReply status = access.ask(look).reply.status();
    unaware.assign(status.next_key_unaware().begin(), status.next_key_unaware().end());
    unheard.assign(status.next_key_unheard().begin(), status.next_key_unheard().end());
    changed = runtime::finish_key(access.data, access.config);
    step = Step::finishing;
  } else if (options.abandon) {
    changed = runtime::abandon_key(access.data, access.config, access.registrar(options.registrar), now);
    step = Step::abandoned;
  } else {
    changed = runtime::announce_key(access.data, access.config, access.registrar(options.registrar), now);
  }
  const bool running = access.ask(again).running;
  if (options.finish && !running) step = Step::finished;
  const auto state = runtime::load_transport_key_state(access.data, access.config);

  if (common.json) {
    boost::json::object out{{"state", name_in(kSteps, step)}, {"changed", changed}, {"running", running}};
    out["keyId"] = wire::key_id(runtime::load_keys(access.data).transport.public_key);
    out["nextKeyId"] = nullptr;
    if (state.pending) out["nextKeyId"] = wire::key_id(state.pending->key);
    out["unaware"] = boost::json::array(unaware.begin(), unaware.end());
    out["unheard"] = boost::json::array(unheard.begin(), unheard.end());
    return print_line(out);
  }
  std::cout << told(common, step, changed, running) << "\n";
  if (state.pending)
    std::cout << common({"次の鍵: ", "next key: "}) << wire::key_id(state.pending->key)
              << common({"、予告 ", ", announced "}) << cli::local_time(state.pending->made_at) << "\n";
  unaware.insert(unaware.end(), unheard.begin(), unheard.end());
  if (unaware.empty()) return;
  std::cout << cli::paint(
                   common, cli::Colour::yellow,
                   common({"新しい鍵を持つと確認できていない会員 (鍵が替わると、rotate "
                           "で作る新しい資格情報が必要になることがあります): ",
                           "members that have not said that they have the new key (after the change they may need new "
                           "credentials, by rotate): "}) +
                       joined(unaware, " "))
            << "\n";
}

}  // namespace

void add_rotate_key(cli::Program& program) {
  const auto options = std::make_shared<RotateKeyOptions>();
  const cli::Common& t = program.common;
  CLI::App* command =
      program.command("rotate-key",
                      {"ブローカーの通信鍵を替える。まず予告し、会員に行き渡ってから --finish で替える",
                       "Change the broker's transport key: announce it, and once the members have it, --finish"},
                      {"noroshi-broker rotate-key --data /var/lib/noroshi --registrar /media/registrar.key\n"
                       "  noroshi-broker status --data /var/lib/noroshi\n"
                       "  noroshi-broker rotate-key --data /var/lib/noroshi --finish",
                       "noroshi-broker rotate-key --data /var/lib/noroshi --registrar /media/registrar.key\n"
                       "  noroshi-broker status --data /var/lib/noroshi\n"
                       "  noroshi-broker rotate-key --data /var/lib/noroshi --finish"},
                      [&program, options] { guarded([&] { rotate_key(program.common, *options); }); });
  add_data_option(program, *command, options->data);
  add_registrar_option(program, *command, options->registrar);
  CLI::Option* finish = command->add_flag(
      "--finish", options->finish,
      t({"予告した鍵に替える (次の起動から)", "Change to the key that was announced (from the next start)"}));
  finish->option_text(" ");
  command->add_flag("--abandon", options->abandon, t({"予告した鍵を取り下げる", "Withdraw the key that was announced"}))
      ->excludes(finish)
      ->option_text(" ");  // CLI11 would word the exclusion in English
}

}  // namespace noroshi::broker
