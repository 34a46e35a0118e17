#include "subscriber/checkpoint_command.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>

#include "proto/cli/credential.h"
#include "proto/client/enquiry.h"
#include "proto/client/positive.h"
#include "proto/client/stop_signal.h"
#include "proto/wire/signing.h"
#include "subscriber/checkpoint_compare.h"
#include "subscriber/log_book.h"

namespace noroshi::subscriber {

namespace {

namespace json = boost::json;

struct CheckpointOptions {
  std::filesystem::path data;
  std::string compare;
  std::filesystem::path credential;
  double timeout = 30;
  bool accept = false;
};

LogBook book_in(const CheckpointOptions& options) {
  const InboxFolder folder(options.data);
  folder.find();
  return LogBook(folder);
}

LogBook::Page page_of(LogBook& book, const CheckpointOptions& options) {
  if (auto page = book.page()) return std::move(*page);
  throw cli::Failure(
      cli::kFailed,
      options.data.string() +
          say({": まだチェックポイントがありません。broker_log のある資格情報で noroshi-subscriber run "
               "を動かしてください",
               ": no checkpoint yet: start noroshi-subscriber run, with a credential that has broker_log"}));
}

// The form only: its signature was checked when it was kept.
TreeHead head_of(const std::string& note) {
  const auto parsed = tlog::parse_note(note);
  if (!parsed) return {};
  const auto checkpoint = tlog::parse_checkpoint(parsed->text);
  return checkpoint ? TreeHead{checkpoint->size, checkpoint->root} : TreeHead{};
}

json::object json_of(const Fork& fork) {
  json::object out = fork_json(fork);
  out["evidence"] = fork.evidence;
  return out;
}

void show_newest(cli::Program& program, const CheckpointOptions& options) {
  LogBook book = book_in(options);
  const LogBook::Page page = page_of(book, options);
  const auto fork = book.open_fork();
  if (program.common.json) {
    const TreeHead head = head_of(page.proven);
    std::cout << json::serialize(json::object{{"size", head.size},
                                              {"root", wire::to_hex(head.root)},
                                              {"checkpoint", page.proven},
                                              {"provenAt", cli::rfc3339(page.proven_at)},
                                              {"fork", fork ? json::value(json_of(*fork)) : json::value(nullptr)}})
              << "\n";
  } else {
    std::cout << page.proven;
  }
  if (!fork) return;
  program.worse(cli::kUnverified);
  program.complain(say(words(fork->breach)) + ": " + fork->evidence + ". " + say(kForkAdvice));
}

void accept(const cli::Common& common, const CheckpointOptions& options) {
  LogBook book = book_in(options);
  const auto fork = book.accept(cli::wall_clock());
  if (!fork)
    throw cli::Failure(cli::kFailed,
                       options.data.string() + say({": 承認を待つ警報はありません", ": there is no alarm to accept"}));
  const TreeHead known = head_of(fork->known), shown = head_of(fork->shown);
  if (common.json) {
    std::cout << json::serialize(json::object{{"accepted", json_of(*fork)}, {"size", shown.size}}) << "\n";
    return;
  }
  std::cout << common({"承認しました。これからは、ブローカーが示した大きさ ", "Accepted. From now on the log of "})
            << shown.size
            << common(
                   {" のログを正しいものとして扱い、以後のログがその続きであることを確かめます。\n"
                    "失われた記録や書き換えられた記録が元に戻るわけではありません。以前のログ (大きさ ",
                    " entries that the broker showed is taken for the true one, and every later one must continue it.\n"
                    "Nothing that was lost or rewritten comes back by this. Proof that there was another log (of "})
            << known.size << common({") があった証拠は残ります: ", " entries) stays in: "}) << fork->evidence << "\n";
}

// As it came by mail: with other ends of lines, and more empty lines around it.
std::string tidy(std::string text) {
  std::erase(text, '\r');
  const auto begin = text.find_first_not_of("\n ");
  const auto end = text.find_last_not_of("\n ");
  return begin == std::string::npos ? std::string() : text.substr(begin, end - begin + 1) + "\n";
}

SignedHead head_in(const std::string& what, const std::string& note, const tlog::VerifierKey& log) {
  auto head = open_head(note, log);
  if (head) return head.take();
  throw cli::Failure(
      cli::kUsage,
      what + say({": このログのチェックポイントではありません (鍵: ", ": is no checkpoint of this log (key: "}) +
          tlog::to_text(log) + "): " + tlog::describe(head.problem()));
}

void print(const cli::Common& common, const Comparison& result, const SignedHead& mine, const SignedHead& theirs) {
  if (common.json) {
    json::object out{{"result", result.fork  ? "forked"
                                : result.tip ? "consistent"
                                             : "equal"},
                     {"mine", mine.head.size},
                     {"theirs", theirs.head.size},
                     {"tip", result.tip ? json::value(result.tip->note) : json::value(nullptr)},
                     {"fork", result.fork ? json::value(json_of(*result.fork)) : json::value(nullptr)}};
    std::cout << json::serialize(out) << "\n";
  } else if (result.fork) {
    std::cout << cli::paint(common, cli::Colour::red, common({"✗ 一致しません", "✗ they do not agree"})) << ": "
              << common(words(result.fork->breach)) << "\n  " << common({"証拠: ", "evidence: "})
              << result.fork->evidence << "\n";
  } else if (result.tip) {
    std::cout << cli::paint(common, cli::Colour::green, common({"✓ 一致しています", "✓ they agree"}))
              << common({": 大きさ ", ": the logs of "}) << mine.head.size << common({" と ", " and of "})
              << theirs.head.size
              << common({" のどちらも、ブローカーのいまのログの始まりです (大きさ ",
                         " entries are both how the broker's log begins (of "})
              << result.tip->head.size << common({")", " now)"}) << "\n";
  } else {
    std::cout << cli::paint(common, cli::Colour::green, common({"✓ 同じです", "✓ they are the same"}))
              << common({": 大きさ ", ": of "}) << mine.head.size << common({"", " entries"}) << "\n";
  }
}

void compare(cli::Program& program, const CheckpointOptions& options) {
  const cli::Common& common = program.common;
  if (options.credential.empty())
    throw cli::Failure(cli::kUsage, common({"--compare には --credential F も指定してください",
                                            "--compare needs --credential F, too"}));
  const wire::Credential credential = cli::enrolled_credential(common, options.credential);
  if (!credential.broker_log)
    throw cli::Failure(cli::kUsage,
                       options.credential.string() +
                           common({": ログの鍵 (broker_log) がありません。登録機関に新しい資格情報を求めてください",
                                   ": has no broker_log: ask the registrar for a new credential"}));
  const tlog::VerifierKey log = tlog::log_key(credential.broker, *credential.broker_log);
  LogBook book = book_in(options);
  const SignedHead mine = head_in(options.data.string(), page_of(book, options).proven, log);
  const SignedHead theirs = head_in(options.compare, tidy(cli::read_file(options.compare, tlog::kMaxNoteBytes)), log);
  client::watch_stop_signals();
  std::optional<client::Enquiry> broker;  // two that are the same need none
  Comparison result = subscriber::compare(mine, theirs, log, cli::wall_clock(), [&](std::uint64_t size) {
    if (!broker)
      broker.emplace(common, options.credential.string(), credential,
                     "noroshi-subscriber/" + std::string(cli::kVersion), options.timeout);
    v1::Query query;
    query.mutable_proof()->set_size(size);
    return broker->ask(std::move(query)).proof();
  });
  if (result.fork) {
    result.fork->evidence = book.write_evidence(*result.fork);
    program.worse(cli::kUnverified);
  }
  print(common, result, mine, theirs);
}

}  // namespace

void add_checkpoint(cli::Program& program) {
  const auto o = std::make_shared<CheckpointOptions>();
  const cli::Common& c = program.common;
  constexpr std::string_view kExample =
      "noroshi-subscriber checkpoint --data /var/lib/noroshi-subscriber > ours.checkpoint\n"
      "  noroshi-subscriber checkpoint --compare theirs.checkpoint --credential bank.toml --data "
      "/var/lib/noroshi-subscriber";
  CLI::App* app = program.command(
      "checkpoint",
      {"ブローカーのログについて確かめた最新のチェックポイントを表示し、ほかの会員のものと比べる",
       "Shows the newest proven checkpoint of the broker's log; compares it with another's"},
      {kExample, kExample}, [&program, o] {
        if (o->accept && !o->compare.empty())
          throw cli::Failure(
              cli::kUsage, say({"--compare と --accept は一緒に指定できません", "give either --compare or --accept"}));
        if (o->accept) return accept(program.common, *o);
        if (o->compare.empty()) return show_newest(program, *o);
        compare(program, *o);
      });
  app->add_option("--data", o->data, c({"受信箱のディレクトリ", "The inbox's directory"}))
      ->required()
      ->option_text("DIR");
  app->add_option(
         "--compare", o->compare,
         c({"ほかの会員から受け取ったチェックポイントのファイル (- は標準入力) と比べる。一致しなければ終了コード 5",
            "Compare with this checkpoint that another member sent (- is standard input); exit code 5 if they "
            "are not of one log"}))
      ->option_text("FILE");
  app->add_option("--credential", o->credential,
                  c({"--compare に使う、この組織の資格情報のファイル", "For --compare: this member's credential file"}))
      ->option_text("FILE");
  app->add_option(
         "--timeout", o->timeout,
         c({"応答がないときにあきらめるまでの秒数 (既定 30)", "Give up after so many seconds without an answer (30)"}))
      ->check(client::positive(c))
      ->option_text("SECONDS");
  app->add_flag(
      "--accept", o->accept,
      c({"警報を承認する: ブローカーが示しているログを、今後は正しいものとして扱う。証拠は残る",
         "Accept an alarm: from now on the log that the broker shows is taken for the true one. The evidence stays"}));
}

}  // namespace noroshi::subscriber
