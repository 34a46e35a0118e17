// run: the agent that sends what is put into a spool folder.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "proto/cli/credential.h"
#include "proto/client/broker_keys.h"
#include "proto/client/clock.h"
#include "proto/client/refusal.h"
#include "proto/client/stop_signal.h"
#include "proto/client/unreachable.h"
#include "proto/wire/credential.h"
#include "publisher/agent.h"
#include "publisher/commands.h"
#include "publisher/courier.h"
#include "publisher/results.h"

namespace noroshi::publisher {
namespace {

constexpr std::int64_t kSilence = 5 * kMicrosPerSecond;   // before it says that there is no broker
constexpr std::int64_t kRefused = 10 * kMicrosPerSecond;  // before asking again whom the broker refused
constexpr std::chrono::milliseconds kTurn{50};

struct Options {
  std::string credential;
  std::string spool;
  std::string matrix;
};

class Run {
 public:
  Run(cli::Program& program, const Options& options, const Matrix& matrix, const wire::Credential& credential)
      : common_(program.common),
        matrix_(matrix),
        credential_(credential),
        keys_(program.common, options.credential, credential, [](const std::string& text) { spdlog::warn(text); }),
        clock_(cli::wall_clock()),
        agent_(options.spool, matrix, Author{credential.organization, credential.source}, credential.signing,
               cli::wall_clock(), [this](const Outcome& outcome, const Subject& subject) { tell(outcome, subject); }) {
    ready(options.spool);
  }

  void run() {
    while (!client::stop_requested()) {
      const Micros now = clock_.now();
      const bool busy = agent_.work(cli::wall_clock());
      if (!courier_ && now >= connect_at_) connect(now);
      if (courier_) turn(now);
      if (busy) continue;
      if (courier_)
        courier_->wait();
      else
        std::this_thread::sleep_for(kTurn);
    }
    while (agent_.settle(Agent::kAtOnce) > 0) continue;
    if (agent_.waiting() > 0)
      spdlog::info(common_({"応答待ちの報告があります。次の起動時に最初に送ります: ",
                            "stays in the outbox and is sent first by the next run; reports: "}) +
                   std::to_string(agent_.waiting()));
  }

 private:
  void ready(const std::string& spool) {
    if (common_.json)
      std::cout << boost::json::serialize(
                       boost::json::object{{"event", "ready"}, {"spool", spool}, {"waiting", agent_.waiting()}})
                << std::endl;
    spdlog::info("ready");  // scripts wait for this word
  }

  void tell(const Outcome& outcome, const Subject& subject) const {
    std::cout << (common_.json ? outcome_json(outcome, subject) : outcome_text(common_, outcome, subject)) << std::endl;
  }

  // All that has no answer goes to each new courier, in the old order.
  void connect(Micros now) {
    courier_ = std::make_unique<Courier>(credential_, keys_, matrix_, std::set{Lane::urgent, Lane::batched}, now);
    connected_at_ = now;
    handed_ = 0;
  }

  void turn(Micros now) {
    for (const auto& [number, parcel] : agent_.unanswered(handed_)) {
      courier_->add(number, *parcel);
      handed_ = number;
    }
    for (auto& [number, answer] : courier_->turn(now)) agent_.answered(number, std::move(answer));
    const std::string expiry = expiry_.due(common_, courier_->access_until(), cli::wall_clock());
    if (!expiry.empty()) spdlog::warn(expiry);
    if (courier_->ever_welcome()) {
      if (refused_ || unreachable_) spdlog::warn(common_({"ブローカーに接続しました", "the broker is reached"}));
      refused_ = unreachable_ = false;
    } else if (!refused_ && !unreachable_ && now - connected_at_ > kSilence) {
      unreachable_ = true;
      spdlog::warn(where() + common_({"接続できるまで試み続けます: ", "trying until there is a session: "}) +
                   client::why_unreachable(common_, credential_, courier_->contact()));
    }
    if (const auto refusal = courier_->refusal()) {
      spdlog::debug("refused");
      if (!refused_)
        spdlog::error(where() + (refusal->reason ? common_(client::advice(*refusal->reason)) + " (" +
                                                       std::string(name_of(*refusal->reason)) + ")"
                                                 : common_(client::kHandshakeRefused)));
      refused_ = true;
      courier_.reset();
      connect_at_ = now + kRefused;
    }
  }

  std::string where() const { return credential_.broker + " (" + credential_.host + "): "; }

  const cli::Common& common_;
  const Matrix& matrix_;
  const wire::Credential& credential_;
  client::BrokerKeys keys_;
  client::Clock clock_;
  Agent agent_;
  std::unique_ptr<Courier> courier_;
  cli::ExpiryNotice expiry_;
  std::uint64_t handed_ = 0;  // to this courier, up to this number
  Micros connect_at_{}, connected_at_{};
  bool refused_ = false;  // said, and not yet reached since
  bool unreachable_ = false;
};

void run(cli::Program& program, const Options& options) {
  const cli::Common& c = program.common;
  const Matrix matrix = matrix_at(c, options.matrix);
  const wire::Credential credential = cli::enrolled_credential(c, options.credential);
  std::error_code error;
  if (!std::filesystem::is_directory(options.spool, error))
    throw cli::Failure(cli::kFailed, options.spool + c({": フォルダーがありません。先に作成してください (mkdir)",
                                                        ": there is no such folder; make it first (mkdir)"}));
  client::watch_stop_signals();
  Run(program, options, matrix, credential).run();
}

}  // namespace

void add_run(cli::Program& program) {
  const auto o = std::make_shared<Options>();
  const cli::Common& c = program.common;
  CLI::App* command = program.command(
      "run", {"フォルダーに置かれた報告を、順に送り続ける", "Sends what is put into a folder, for as long as it runs"},
      {"noroshi-publisher run --credential operator.toml --spool /var/spool/noroshi\n"
       "\nフォルダー DIR の中身:\n"
       "  NAME            置かれた報告 (send --from json と同じ JSON)。別の名前で書き終えてから、この名前に\n"
       "                  変える (mv)。「.」で始まる名前、*.tmp、*.result.json には触れない\n"
       "  outbox/         引き取って署名し、応答がまだのもの。停止しても、次の起動時に同じ内容で送る\n"
       "  sent/NAME       すべて受理されたもの。隣の NAME.result.json に結果\n"
       "  rejected/NAME   1件でも拒否されたもの。隣の NAME.result.json に、どれがなぜ拒否されたか\n"
       "毎秒10回確認し、0.2秒のあいだ変わらなかったファイルを、置かれた順に引き取る。sent/ や rejected/ に\n"
       "同じ名前がすでにあれば、前に時刻を付ける",
       "noroshi-publisher run --credential operator.toml --spool /var/spool/noroshi\n"
       "\nIn the folder DIR:\n"
       "  NAME            reports to be sent (JSON, as for send --from json). Write under another name, then\n"
       "                  rename (mv); names that begin with \".\" or end in .tmp or .result.json are left alone\n"
       "  outbox/         taken and signed, not yet answered; after a stop the next run sends the same bytes\n"
       "  sent/NAME       all its reports were accepted; NAME.result.json beside it says how\n"
       "  rejected/NAME   at least one was rejected; NAME.result.json beside it says which and why\n"
       "It looks ten times a second and takes what has not changed for 0.2 s, in the order of arrival. Where sent/\n"
       "or rejected/ has that name already, the time is put before it"},
      [&program, o] { run(program, *o); });
  command->add_option("--credential", o->credential, c({"資格情報のファイル", "The credential file"}))
      ->required()
      ->option_text("FILE");
  command->add_option("--spool", o->spool, c({"報告を置くフォルダー", "The folder that reports are put into"}))
      ->required()
      ->option_text("DIR");
  add_matrix_option(*command, c, o->matrix);
}

}  // namespace noroshi::publisher
