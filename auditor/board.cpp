#include "auditor/board.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <iostream>
#include <memory>

#include "proto/cli/board_view.h"
#include "proto/cli/credential.h"
#include "proto/client/broker_keys.h"
#include "proto/client/clock.h"
#include "proto/client/line.h"
#include "proto/client/positive.h"
#include "proto/client/refusal.h"
#include "proto/client/stop_signal.h"
#include "proto/client/unreachable.h"
#include "proto/wire/credential.h"
#include "proto/wire/signing.h"

namespace noroshi::auditor {

namespace {

constexpr std::chrono::milliseconds kTurn{50};  // the session wants a tick every 100 ms
constexpr std::uint64_t kNumber = 1;            // of the one query

struct BoardOptions {
  std::string credential;
  std::string report;
  double timeout = 30;
};

// One question over the archive door, asked again in each session until it is answered.
class BoardQuestion {
 public:
  BoardQuestion(const cli::Common& common, const BoardOptions& options, const wire::Credential& credential)
      : common_(common),
        options_(options),
        credential_(credential),
        clock_(cli::wall_clock()),
        broker_keys_(common, options.credential, credential, [](const std::string& text) { spdlog::warn(text); }),
        line_(credential, channel::Door::archive),
        session_(wishes(), wire::random_bytes) {}

  v1::Board answer() {
    const Micros start = clock_.now();
    while (!answer_ && !client::stop_requested()) {
      if (clock_.now() - start > static_cast<std::int64_t>(options_.timeout * 1e6))
        throw unreachable(client::why_unreachable(common_, credential_, line_.channel().contact()));
      turn();
      if (!answer_) channel::ClientChannel::wait({&line_.channel()}, kTurn);
    }
    if (!answer_) throw unreachable(common_({"中断しました", "interrupted"}));
    broker_keys_.follow(line_.channel(), session_);
    line_.say({session_.goodbye()});
    return *answer_;
  }

 private:
  static wire::SessionWishes wishes() {
    wire::SessionWishes out;
    out.software = "noroshi-auditor/" + std::string(cli::kVersion);
    return out;
  }

  void turn() {
    if (line_.channel().refused()) throw unreachable(common_(client::kHandshakeRefused));
    broker_keys_.follow(line_.channel(), session_);
    if (line_.connect_due(clock_.now())) carry_out(session_.connect(clock_.now()));
    while (line_.open() && !answer_) {
      const auto frame = line_.channel().receive();
      if (!frame) break;
      carry_out(session_.on_frame(*frame, clock_.now()));
    }
    if (line_.open()) carry_out(session_.on_tick(clock_.now()));
    line_.flush();
  }

  void carry_out(wire::ClientSession::Output out) {
    line_.say(std::move(out.send));
    if (out.refused)
      throw unreachable(common_(client::advice(*out.refused)) + " (" + std::string(name_of(*out.refused)) + ")");
    for (v1::BrokerMessage& message : out.received) {
      if (message.has_welcome()) {
        line_.stood();
        v1::Query query;
        query.set_number(kNumber);
        query.mutable_board()->set_report_id(options_.report);
        line_.say({session_.query(query)});
      }
      if (message.has_board() && message.board().number() == kNumber)
        answer_ = std::move(*message.mutable_board()->mutable_board());
    }
    if (out.lost) line_.lost(clock_.now());
  }

  cli::Failure unreachable(const std::string& why) const {
    return {cli::kUnreachable, credential_.broker + " (" + credential_.host + "): " + why};
  }

  const cli::Common& common_;
  const BoardOptions& options_;
  const wire::Credential& credential_;
  client::Clock clock_;
  client::BrokerKeys broker_keys_;
  client::Line line_;
  wire::ClientSession session_;
  std::optional<v1::Board> answer_;
};

void show_board(const cli::Common& common, const BoardOptions& options) {
  const wire::Credential credential = cli::enrolled_credential(common, options.credential);
  client::watch_stop_signals();
  const v1::Board board = BoardQuestion(common, options, credential).answer();
  cli::show_board(common, options.report, board);
}

}  // namespace

void add_board(cli::Program& program) {
  const auto options = std::make_shared<BoardOptions>();
  constexpr std::string_view kExample = "noroshi-auditor board --credential auditor.toml";
  CLI::App* app = program.command("board",
                                  {"疎通確認: 報告が誰に届き、開かれ、回答されたかを表示する",
                                   "Shows who has received, opened and answered a report"},
                                  {kExample, kExample}, [&program, options] { show_board(program.common, *options); });
  const cli::Common& c = program.common;
  app->add_option("REPORT", options->report,
                  c({"報告の ID。省略すると最近のもの", "A report's id; the newest if left out"}))
      ->option_text("[ID]");
  app->add_option("--credential", options->credential, c({"監査者の資格情報ファイル", "The auditor's credential file"}))
      ->required()
      ->option_text("F");
  app->add_option("--timeout", options->timeout, c({"待つ秒数", "Seconds to wait"}))
      ->check(client::positive(c))
      ->option_text("S");
}

}  // namespace noroshi::auditor
