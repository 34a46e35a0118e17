#include "subscriber/inbox_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <iostream>
#include <memory>

#include "proto/cli/table.h"
#include "proto/types/limits.h"
#include "proto/wire/utf8.h"
#include "subscriber/inbox.h"
#include "subscriber/inbox_folder.h"
#include "subscriber/local_matrix.h"
#include "subscriber/missed.h"
#include "subscriber/reading_view.h"
#include "subscriber/thread.h"

namespace noroshi::subscriber {

namespace {

struct Options {
  std::filesystem::path data;
  std::string report;
  std::string answer;
  std::string note;
  std::filesystem::path matrix;
};

Inbox inbox_in(const Options& options) {
  const InboxFolder folder(options.data);
  folder.find();
  return Inbox(folder.open(Durable::at_once));
}

Reading reading(Inbox& inbox, const Options& options) {
  if (auto found = inbox.find(options.report)) return std::move(*found);
  if (inbox.is_damaged(options.report))
    throw cli::Failure(
        cli::kUnverified,
        options.report +
            say({": 受信箱で壊れたか、なくなっています。noroshi-subscriber run がブローカーからもう一度受け取る"
                 "まで待ってください",
                 ": is damaged in the inbox or gone from it; wait until noroshi-subscriber run has it from "
                 "the broker again"}));
  throw cli::Failure(
      cli::kFailed,
      options.report + say({": この受信箱にありません。noroshi-subscriber inbox で ID か番号を確認してください",
                            ": is not in this inbox; noroshi-subscriber inbox lists ids and numbers"}));
}

void list(cli::Program& program, const Options& options) {
  const cli::Common& common = program.common;
  const std::vector<Reading> readings = inbox_in(options).readings();
  for (const Reading& each : readings)
    if (each.is_damaged()) program.worse(cli::kUnverified);
  if (common.json) {
    for (const Reading& each : readings) std::cout << reading_json(each) << "\n";
    return;
  }
  std::vector<std::vector<std::string>> rows{{common({"通番", "SEQ"}), common({"レーン", "LANE"}),
                                              common({"受付日時", "RECORDED"}), "TLP", common({"状態", "STATE"}),
                                              common({"件名", "TITLE"})}};
  const Micros now = cli::wall_clock();
  for (const Reading& each : readings) rows.push_back(reading_row(common, each, now));
  cli::print_table(common, rows);
}

// What withdraws a report may be among what is not there.
void tell_of_damage(cli::Program& program, Inbox& inbox) {
  const auto damaged = inbox.look_over();
  if (damaged.empty()) return;
  program.worse(cli::kUnverified);
  std::string which;
  for (const Inbox::Damaged& each : damaged) which += " #" + std::to_string(each.seq.value);
  spdlog::error(
      say({"この受信箱には、壊れたか、なくなった報告があります。この報告の取消や訂正かもしれません。noroshi-subscriber "
           "run がブローカーからもう一度受け取ります:",
           "reports in this inbox are damaged or gone from it, and may be what withdraws or corrects this one; "
           "noroshi-subscriber run gets them from the broker again:"}) +
      which);
}

void show(cli::Program& program, const Options& options) {
  const cli::Common& common = program.common;
  const Matrix matrix = local_matrix(options.matrix);
  Inbox inbox = inbox_in(options);
  Reading found = reading(inbox, options);
  const Micros now = cli::wall_clock();
  inbox.opened(found, now);
  if (!found.opened_at) found.opened_at = now;
  if (found.signature != "valid") program.worse(cli::kUnverified);
  tell_of_damage(program, inbox);
  const Thread thread = thread_of(common, matrix, inbox, found);
  if (common.json)
    std::cout << thread_json(found, thread) << "\n";
  else
    std::cout << reading_text(common, matrix, found, now) << thread_text(common, thread, now) << "\n";
}

// What the broker would refuse for good must not be recorded as an answer.
void check_note(const std::string& note) {
  const auto refuse = [](cli::Text what, std::size_t number) {
    throw cli::Failure(cli::kUsage, say(what) + std::to_string(number));
  };
  if (note.size() > limits::kNoteBytes)
    refuse({"--note が長すぎます。上限のバイト数: ", "--note is too long; at most, in bytes: "}, limits::kNoteBytes);
  if (const auto at = wire::bad_utf8(note))
    refuse({"--note が UTF-8 ではありません。端末の文字コードを UTF-8 にして、入力し直してください。何バイト目か: ",
            "--note is not UTF-8: set the terminal to UTF-8 and enter it again. Counted from 1, it is byte "},
           *at + 1);
  if (const auto at = wire::control_character(note))
    refuse({"--note に制御文字があります。使えるのは改行とタブだけです。取り除いてください。何バイト目か: ",
            "--note has a control character; only tabs and line ends are allowed, remove it. Counted from 1, it is "
            "byte "},
           *at + 1);
}

void respond(const cli::Common& common, const Options& options) {
  check_note(options.note);
  Inbox inbox = inbox_in(options);
  Reading found = reading(inbox, options);
  if (found.signature != "valid")
    throw cli::Failure(cli::kUnverified,
                       options.report + say({": 署名を確認できない報告には回答できません",
                                             ": its signature is not valid, so it cannot be answered"}));
  const Micros now = cli::wall_clock();
  found.answer = value_in(kAnswers, options.answer);
  found.note = options.note;
  inbox.answered(found, *found.answer, found.note, now);
  if (!found.opened_at) found.opened_at = now;
  if (common.json)
    std::cout << reading_json(found) << "\n";
  else
    std::cout << common({"回答を記録しました。常駐プログラムがブローカーに送ります: ",
                         "recorded; the daemon sends it to the broker: "})
              << found.report.id() << " " << options.answer << "\n";
}

void add_data(const cli::Program& program, CLI::App& app, Options& options) {
  app.add_option("--data", options.data, program.common({"受信箱のディレクトリ", "The inbox's directory"}))
      ->required()
      ->option_text("DIR");
}

void add_report(const cli::Program& program, CLI::App& app, Options& options) {
  app.add_option("REPORT", options.report, program.common({"報告の ID か通番", "A report's id or sequence"}))
      ->required()
      ->option_text("ID");
}

}  // namespace

void add_inbox_commands(cli::Program& program) {
  const auto options = std::make_shared<Options>();
  const cli::Common& common = program.common;

  add_data(
      program,
      *program.command("inbox", {"受信箱の一覧 (緊急が先、新しい順)", "Lists the inbox: urgent first, newest first"},
                       {"noroshi-subscriber inbox --data /var/lib/noroshi-subscriber",
                        "noroshi-subscriber inbox --data /var/lib/noroshi-subscriber"},
                       [&program, options] { list(program, *options); }),
      *options);

  CLI::App* app =
      program.command("open", {"報告を読み、開いたことを通知する", "Shows a report and confirms that it was opened"},
                      {"noroshi-subscriber open 12 --data /var/lib/noroshi-subscriber",
                       "noroshi-subscriber open 12 --data /var/lib/noroshi-subscriber"},
                      [&program, options] { show(program, *options); });
  add_report(program, *app, *options);
  add_data(program, *app, *options);
  app->add_option("--matrix", options->matrix,
                  common({"マトリックスのファイル (matrix.toml)", "The matrix of items (matrix.toml)"}))
      ->option_text("FILE");

  app = program.command(
      "respond", {"報告に回答する", "Answers a report"},
      {"noroshi-subscriber respond 12 RELEVANT --note '第2系統で確認中' --data /var/lib/noroshi-subscriber",
       "noroshi-subscriber respond 12 RELEVANT --note 'checking line 2' --data /var/lib/noroshi-subscriber"},
      [&common, options] { respond(common, *options); });
  add_report(program, *app, *options);
  app->add_option(
         "ANSWER", options->answer,
         common({"関係あり・関係なし・調査中・対処済", "Relevant, not relevant, under investigation, handled"}))
      ->required()
      ->check(CLI::IsMember({"RELEVANT", "NOT_RELEVANT", "INVESTIGATING", "HANDLED"}))
      ->option_text("RELEVANT|NOT_RELEVANT|INVESTIGATING|HANDLED");
  app->add_option("--note", options->note, common({"ひとこと", "A few words"}))->option_text("TEXT");
  add_data(program, *app, *options);

  add_data(program,
           *program.command(
               "missed",
               {"取りこぼしがないかを示す (あれば終了コード 5)", "Says whether anything is missing (then exit code 5)"},
               {"noroshi-subscriber missed --data /var/lib/noroshi-subscriber",
                "noroshi-subscriber missed --data /var/lib/noroshi-subscriber"},
               [&program, options] { missed(program, InboxFolder(options->data)); }),
           *options);
}

}  // namespace noroshi::subscriber
