#include "subscriber/watch_options.h"

#include <CLI/CLI.hpp>

#include <charconv>

#include "proto/client/positive.h"
#include "proto/client/topics.h"

namespace noroshi::subscriber {

namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Seq> WatchOptions::first() const {
  if (from == "now") return std::nullopt;
  return Seq{number(from).value_or(1)};
}

void add_options(CLI::App& app, const cli::Common& common, WatchOptions& options) {
  app.add_option("--credential", options.credential,
                 common({"この組織の資格情報のファイル", "This member's credential file"}))
      ->required()
      ->option_text("FILE");
  app.add_option("topic", options.topics,
                 common({"受け取る項目: C、B.c、C.it-failure.sector など。既定は * (すべて)",
                         "What to receive: C, B.c, C.it-failure.sector and so on; * (everything) by default"}))
      ->option_text("[TOPIC...]");
  app.add_option("--from", options.from,
                 common({"どこから: now は今から、start は最初から、番号はその番号から",
                         "Where to begin: now, start, or a sequence number"}))
      ->option_text("now|start|SEQ");
  app.add_option("--lane", options.lane, common({"受け取るレーン", "Which lane to listen to"}))
      ->check(CLI::IsMember({"urgent", "batched", "both"}))
      ->option_text("urgent|batched|both");
  app.add_option("--status", options.statuses,
                 common({"本番・訓練・試験の別 (繰り返し可)。既定は ACTUAL",
                         "Live, exercise or test (may be repeated); ACTUAL by default"}))
      ->check(CLI::IsMember({"ACTUAL", "EXERCISE", "TEST"}))
      ->allow_extra_args(false)
      ->option_text("ACTUAL|EXERCISE|TEST");
  app.add_option("--count", options.count, common({"この件数を表示したら終わる", "End after so many reports"}))
      ->check(client::positive(common))
      ->option_text("N");
  app.add_option("--timeout", options.timeout, common({"この秒数で終わる", "End after so many seconds"}))
      ->check(client::positive(common))
      ->option_text("SECONDS");
  app.add_option("--matrix", options.matrix,
                 common({"マトリックスのファイル (matrix.toml)", "The matrix of items (matrix.toml)"}))
      ->option_text("FILE");
}

void check(const cli::Common& common, const WatchOptions& options, const Matrix& matrix) {
  const auto refuse = [](const std::string& what) { throw cli::Failure(cli::kUsage, what); };
  if (options.from != "now" && options.from != "start" && number(options.from).value_or(0) == 0)
    refuse(
        "--from " + options.from + ": " +
        common({"now、start、または1以上の番号を指定してください", "give now, start, or a sequence number from 1 on"}));
  if (const auto objection = client::unknown_topic(common, matrix, options.topics)) refuse(*objection);
}

}  // namespace noroshi::subscriber
