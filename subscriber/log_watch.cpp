#include "subscriber/log_watch.h"

#include <spdlog/spdlog.h>

#include "proto/tlog/entry_leaf.h"

namespace noroshi::subscriber {

LogWatch::LogWatch(cli::Program& program, const InboxFolder& folder, const wire::Credential& credential, Lane lane)
    : program_(program), book_(folder), lane_(lane) {
  if (!credential.broker_log) {
    spdlog::warn(say(
        {"資格情報にログの鍵 (broker_log) がないため、ブローカーのログが書き換えられても分かりません。登録機関に新しい"
         "資格情報を求めてください",
         "the credential has no broker_log: a log that is rewritten would not be noticed. Ask the registrar for a new "
         "credential"}));
    return;
  }
  memory_.emplace(tlog::log_key(credential.broker, *credential.broker_log));
  restore();
}

void LogWatch::restore() {
  const auto fork = book_.open_fork();
  const auto page = book_.page();
  if (page && !memory_->restore(page->proven, page->claimed, fork.has_value()))
    spdlog::warn(say({"覚えていたチェックポイントは資格情報のログの鍵のものではないため、新しく覚え直します",
                      "the remembered checkpoint is not of the credential's broker_log: beginning anew"}));
  sought_ = book_.sought();
  for (const TreeEntry& each : sought_) memory_->seek(each);
  if (const auto last = book_.last_delivered()) memory_->delivered(*last);
  if (fork) tell(*fork);
}

void LogWatch::tell(const Fork& fork) {
  program_.worse(cli::kUnverified);
  spdlog::error(say(words(fork.breach)) + ": " + fork.evidence + ". " + say(kForkAdvice));
}

void LogWatch::connected(Micros now) {
  if (!memory_) return;
  memory_->connected(now);
  keep_sought();
}

void LogWatch::keep_sought() {
  if (memory_->forked() || sought_ == memory_->sought()) return;
  sought_ = memory_->sought();
  book_.seek(sought_);
}

void LogWatch::delivered(const Entry& entry) {
  if (memory_) memory_->delivered({entry.seq, tlog::leaf_hash(entry)});
}

std::optional<Fork> LogWatch::shown(const std::string& checkpoint, Micros now) {
  return memory_ ? keep(memory_->heard(checkpoint, now)) : std::nullopt;
}

std::optional<Fork> LogWatch::answered(const v1::ProofAnswer& answer, Micros now) {
  return memory_ ? keep(memory_->answered(answer, now)) : std::nullopt;
}

std::optional<Fork> LogWatch::keep(LogMemory::Output out) {
  if (out.learnt) book_.proven(memory_->proven()->note, cli::wall_clock());
  keep_sought();
  return std::move(out.fork);
}

void LogWatch::alarm(Fork fork) {
  fork.at = cli::wall_clock();
  tell(book_.alarm(std::move(fork), lane_));
}

std::optional<v1::Query> LogWatch::question(Micros now) { return memory_ ? memory_->question(now) : std::nullopt; }

void LogWatch::pulse(Micros now) {
  if (!memory_ || memory_->forked()) return;
  book_.claimed(memory_->claimed() ? std::optional(memory_->claimed()->note) : std::nullopt,
                memory_->unproven_since(now));
}

void LogWatch::look() {
  if (memory_ && memory_->forked() && !book_.open_fork()) restore();
}

std::optional<TreeHead> LogWatch::proven() const {
  return memory_ && memory_->proven() ? std::optional(memory_->proven()->head) : std::nullopt;
}

}  // namespace noroshi::subscriber
