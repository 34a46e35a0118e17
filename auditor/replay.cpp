#include "auditor/replay.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <iostream>
#include <memory>

#include "auditor/entry_view.h"
#include "auditor/progress.h"
#include "auditor/replay_options.h"
#include "auditor/replay_session.h"
#include "proto/cli/credential.h"
#include "proto/client/broker_keys.h"
#include "proto/client/clock.h"
#include "proto/client/line.h"
#include "proto/client/refusal.h"
#include "proto/client/stop_signal.h"
#include "proto/client/unreachable.h"
#include "proto/wire/credential.h"
#include "schemas/matrix_loader.h"

namespace noroshi::auditor {

namespace {

constexpr std::chrono::milliseconds kTurn{50};  // the session wants a tick every 100 ms

class Replay {
 public:
  Replay(cli::Program& program, const ReplayOptions& options, const Matrix& matrix, const wire::Credential& credential,
         ReplayOrder order)
      : program_(program),
        common_(program.common),
        options_(options),
        matrix_(matrix),
        credential_(credential),
        clock_(cli::wall_clock()),
        broker_keys_(common_, options.credential, credential,
                     [this](const std::string& text) { log(spdlog::level::warn, text); }),
        line_(credential, channel::Door::archive),
        first_(order.from),
        session_(credential.registrar, std::move(order), "noroshi-auditor/" + std::string(cli::kVersion),
                 wire::random_bytes),
        last_progress_(clock_.now()) {}

  void run() {
    const auto patience = static_cast<std::int64_t>(options_.timeout * 1e6);
    while (!ended_ && !client::stop_requested()) {
      if (cli::reader_gone()) throw cli::output_lost();
      if (clock_.now() - last_progress_ > patience) throw silence();
      turn();
      if (!ended_) channel::ClientChannel::wait({&line_.channel()}, kTurn);
    }
    if (!session_.live()) return;
    broker_keys_.follow(line_.channel(), session_.session());  // what the last turn brought
    line_.say(session_.on_tick(clock_.now()).send);
    line_.say({session_.goodbye()});
  }

 private:
  void turn() {
    if (line_.channel().refused()) throw unreachable(common_(client::kHandshakeRefused));
    broker_keys_.follow(line_.channel(), session_.session());
    if (line_.connect_due(clock_.now())) carry_out(session_.connect(clock_.now()));
    while (line_.open() && !ended_ && !client::stop_requested()) {
      const auto frame = line_.channel().receive();
      if (!frame) break;
      carry_out(session_.on_frame(*frame, clock_.now()));
    }
    if (line_.open() && !ended_) carry_out(session_.on_tick(clock_.now()));
    const std::string expiry = expiry_.due(common_, session_.access_until(), cli::wall_clock());
    if (!expiry.empty()) spdlog::warn(expiry);
    line_.flush();
  }

  void carry_out(ReplaySession::Output out) {
    line_.say(std::move(out.send));
    if (out.refused)
      throw unreachable(common_(client::advice(*out.refused)) + " (" + std::string(name_of(*out.refused)) + ")");
    if (out.complaint) log(spdlog::level::warn, common_(client::advice(*out.complaint)));
    if (out.unsigned_members > 0)
      log(spdlog::level::warn, std::to_string(out.unsigned_members) +
                                   common_({"件の登録に登録機関の正しい署名がないため、無視します",
                                            " members of the roster are not signed by the registrar: ignored"}));
    if (out.log_shortened)
      throw cli::Failure(
          cli::kUnverified,
          common_({"ブローカーのログが、すでに届いたところより手前で終わっています。運用者に連絡してください",
                   "the broker's log ends before what it has already sent: tell its operator"}));
    for (const ReplayEntry& entry : out.entries) show(entry);
    std::cout.flush();
    if (out.damaged)
      throw cli::Failure(cli::kUnverified, common_({"壊れた記録が届きました。最後に正しかった番号: ",
                                                    "the broker sent a damaged entry, after sequence "}) +
                                               std::to_string(session_.reached().value));
    if (out.ended && session_.head() < first_)
      log(spdlog::level::warn,
          common_({"ログの末尾は #", "the log ends at #"}) + std::to_string(session_.head().value));
    if (out.progress) moved_on();
    if (session_.live() && down_) {
      down_ = false;
      line_.stood();
      log(spdlog::level::warn, common_({"回線が復旧しました", "link is back"}));
    }
    if (out.lost) lost();
    ended_ = out.ended;
  }

  void show(const ReplayEntry& entry) {
    if (entry.signature != client::Check::valid && !entry.redacted) {
      program_.worse(cli::kUnverified);
      log(spdlog::level::err, "#" + std::to_string(entry.entry.seq.value) + ": " +
                                  common_({"署名を確認できません: ", "signature does not hold: "}) +
                                  std::string(name_of(entry.signature)));
    }
    progress_.clear();
    std::cout << (common_.json ? entry_json(entry, options_.bytes) + "\n" : entry_text(common_, matrix_, entry));
    if (!std::cout) throw cli::output_lost();
    line_.say(session_.acknowledge(entry.entry.seq));
  }

  void moved_on() {
    last_progress_ = clock_.now();
    const Seq before = previous(first_);
    if (session_.last() > before)
      progress_.show(session_.reached().value - before.value, session_.last().value - before.value);
  }

  void lost() {
    line_.lost(clock_.now());
    if (!down_)
      log(spdlog::level::warn,
          where() + ": " + common_({"回線断: 接続し直しています", "no answer from the broker: connecting again"}));
    down_ = true;
  }

  cli::Failure silence() {
    return unreachable(client::why_unreachable(common_, credential_, line_.channel().contact()));
  }
  cli::Failure unreachable(const std::string& why) const { return {cli::kUnreachable, where() + ": " + why}; }
  std::string where() const { return credential_.broker + " (" + credential_.host + ")"; }

  void log(spdlog::level::level_enum level, const std::string& text) {
    progress_.clear();
    spdlog::log(level, text);
  }

  cli::Program& program_;
  const cli::Common& common_;
  const ReplayOptions& options_;
  const Matrix& matrix_;
  const wire::Credential& credential_;
  client::Clock clock_;
  client::BrokerKeys broker_keys_;
  cli::ExpiryNotice expiry_;
  client::Line line_;
  Seq first_;
  ReplaySession session_;
  Micros last_progress_;
  Progress progress_;
  bool down_ = false;
  bool ended_ = false;
};

void replay(cli::Program& program, const ReplayOptions& options) {
  Matrix matrix;
  try {
    matrix = load_matrix(matrix_path(options.matrix));
  } catch (const MatrixError& error) {
    throw cli::Failure(cli::kUsage, error.what());
  }
  ReplayOrder order = order_of(program.common, options, matrix);
  const wire::Credential credential = cli::enrolled_credential(program.common, options.credential);
  client::watch_stop_signals();
  Replay(program, options, matrix, credential, std::move(order)).run();
}

}  // namespace

void add_replay(cli::Program& program) {
  const auto options = std::make_shared<ReplayOptions>();
  constexpr std::string_view kExample =
      "noroshi-auditor replay --credential auditor.toml C --from 2026-06-01T00:00:00+09:00";
  CLI::App* app = program.command("replay", {"ログを順に表示する", "Shows the log, in order"}, {kExample, kExample},
                                  [&program, options] { replay(program, *options); });
  add_options(*app, program.common, *options);
}

}  // namespace noroshi::auditor
