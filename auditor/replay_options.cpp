#include "auditor/replay_options.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>

#include "proto/client/positive.h"
#include "proto/client/topics.h"
#include "proto/wire/decode.h"

namespace noroshi::auditor {

namespace {

// A sequence or a time into the one of the two that it is.
void read_bound(const cli::Common& common, const char* option, const std::string& text, Seq& seq, Micros& time) {
  if (text.empty()) return;
  std::uint64_t value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error == std::errc{} && end == last && value > 0) {
    seq = Seq{value};
    return;
  }
  if (const auto parsed = cli::parse_time(text)) {
    time = *parsed;
    return;
  }
  throw cli::Failure(cli::kUsage,
                     std::string(option) + " " + text + ": " +
                         common({"1以上の番号、または時刻 (例: 2026-06-01T00:00:00+09:00) を指定してください",
                                 "give a sequence number from 1 on, or a time such as 2026-06-01T00:00:00+09:00"}));
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names{"all"};
  for (const auto& [kind, name] : kEntryKinds) names.emplace_back(name);
  return names;
}

}  // namespace

void add_options(CLI::App& app, const cli::Common& common, ReplayOptions& options) {
  app.add_option("--credential", options.credential,
                 common({"この組織の資格情報のファイル", "This member's credential file"}))
      ->required()
      ->option_text("FILE");
  app.add_option("topic", options.topics,
                 common({"再生する項目: C、B.c、C.it-failure.sector など。既定は * (すべて)",
                         "What to replay: C, B.c, C.it-failure.sector and so on; * (everything) by default"}))
      ->option_text("[TOPIC...]");
  app.add_option("--from", options.from, common({"最初の番号または時刻", "First sequence, or time"}))
      ->option_text("SEQ|TIME");
  app.add_option(
         "--to", options.to,
         common({"最後の番号または時刻。既定は今の末尾", "Last sequence, or time; the present head by default"}))
      ->option_text("SEQ|TIME");
  app.add_option("--kind", options.kinds,
                 common({"記録の種類 (繰り返し可)。既定は report。ほかは監査の権限が必要",
                         "Kind of entry (may be repeated); report by default, others need the right to audit"}))
      ->check(CLI::IsMember(kind_names()))
      ->allow_extra_args(false)
      ->option_text("report|receipt|member|posture|digest|access|overdue|all");
  app.add_option("--status", options.statuses,
                 common({"本番・訓練・試験の別 (繰り返し可)。既定はすべて",
                         "Live, exercise or test (may be repeated); all by default"}))
      ->check(CLI::IsMember({"ACTUAL", "EXERCISE", "TEST"}))
      ->allow_extra_args(false)
      ->option_text("ACTUAL|EXERCISE|TEST");
  app.add_option("--timeout", options.timeout,
                 common({"応答がないときにあきらめるまでの秒数 (既定 30)",
                         "Give up after so many seconds without progress (30)"}))
      ->check(client::positive(common))
      ->option_text("SECONDS");
  app.add_option("--pace", options.pace,
                 common({"記録されたときの間隔で表示する。FACTOR倍の速さ (既定 1)。1回の待ちは10秒まで",
                         "Show entries as far apart as they were recorded, FACTOR times faster (1); no wait is longer "
                         "than 10 seconds"}))
      ->expected(0, 1)
      ->default_str("1")
      ->check(client::positive(common))
      ->option_text("[FACTOR]");
  app.add_flag("--bytes", options.bytes,
               common({"json に保存されたままの salt と body を base64 で加える",
                       "Add salt and body as stored to the json, in base64"}));
  app.add_option("--matrix", options.matrix,
                 common({"マトリックスのファイル (matrix.toml)", "The matrix of items (matrix.toml)"}))
      ->option_text("FILE");
}

ReplayOrder order_of(const cli::Common& common, const ReplayOptions& options, const Matrix& matrix) {
  if (const auto objection = client::unknown_topic(common, matrix, options.topics))
    throw cli::Failure(cli::kUsage, *objection);
  ReplayOrder order;
  read_bound(common, "--from", options.from, order.from, order.from_time);
  read_bound(common, "--to", options.to, order.to, order.to_time);
  const bool backwards = (order.from != Seq{} && order.to != Seq{} && order.to < order.from) ||
                         (order.from_time != Micros{} && order.to_time != Micros{} && order.to_time < order.from_time);
  if (backwards) throw cli::Failure(cli::kUsage, common({"--to が --from より前です", "--to is before --from"}));
  order.topics = options.topics;
  for (const std::string& status : options.statuses)
    order.statuses.push_back(wire::to_wire(*value_in(kStatuses, status)));
  const bool all = std::find(options.kinds.begin(), options.kinds.end(), "all") != options.kinds.end();
  for (const auto& [kind, name] : kEntryKinds)
    if (all || std::find(options.kinds.begin(), options.kinds.end(), name) != options.kinds.end())
      order.kinds.push_back(wire::to_wire(kind));
  return order;
}

}  // namespace noroshi::auditor
