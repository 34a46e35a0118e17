// Goes through the log of a live broker, whatever happens to the link: the shell around ReplaySession. Main thread.
#pragma once

#include <spdlog/spdlog.h>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "auditor/pace.h"
#include "auditor/progress.h"
#include "auditor/replay_session.h"
#include "proto/cli/credential.h"
#include "proto/client/broker_keys.h"
#include "proto/client/clock.h"
#include "proto/client/line.h"
#include "proto/wire/credential.h"

namespace noroshi::auditor {

struct Reach {
  std::filesystem::path credential;  // of this file
  double timeout = 30;               // seconds without progress
};

class LogWalk {
 public:
  // `prints`: each entry appears on standard output as it comes.
  LogWalk(const cli::Common& common, const Reach& reach, const wire::Credential& credential, ReplayOrder order,
          bool prints);

  void keep(Pace pace) { pace_ = pace; }  // before run()
  // Hands over each entry, in order. False: a signal asked to stop. Throws cli::Failure, and what `take` throws.
  bool run(const std::function<void(const ReplayEntry&)>& take);
  void log(spdlog::level::level_enum level, const std::string& text);  // beside the bar

 private:
  void turn();
  void carry_out(ReplaySession::Output out);
  void hand_over_what_is_due();
  void hand_over(const ReplayEntry& entry);
  bool due(const ReplayEntry& entry);
  std::chrono::milliseconds until_next() const;
  void moved_on();
  void lost();
  bool ended() const { return all_came_ && waiting_.empty(); }
  cli::Failure unreachable(const std::string& why) const { return {cli::kUnreachable, where() + ": " + why}; }
  std::string where() const { return credential_.broker + " (" + credential_.host + ")"; }

  const cli::Common& common_;
  const wire::Credential& credential_;
  double timeout_;
  bool prints_;
  client::Clock clock_;
  client::BrokerKeys broker_keys_;
  cli::ExpiryNotice expiry_;
  client::Line line_;
  Seq first_;
  ReplaySession session_;
  std::function<void(const ReplayEntry&)> take_;
  std::deque<ReplayEntry> waiting_;  // for their turn; credit goes back only after it, so they are few
  std::optional<Pace> pace_;
  std::optional<Micros> turn_;  // of the first of them
  Micros last_progress_;
  Progress progress_;
  bool down_ = false;
  bool all_came_ = false;
};

}  // namespace noroshi::auditor
