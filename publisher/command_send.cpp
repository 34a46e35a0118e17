// send: reports to the broker, one result each.
#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <iostream>
#include <map>
#include <memory>
#include <optional>

#include "proto/cli/credential.h"
#include "proto/client/stop_signal.h"
#include "proto/client/unreachable.h"
#include "proto/wire/credential.h"
#include "publisher/commands.h"
#include "publisher/courier.h"
#include "publisher/letter.h"
#include "publisher/load.h"
#include "publisher/prepare.h"
#include "publisher/receipt_folder.h"
#include "publisher/results.h"

namespace noroshi::publisher {
namespace {

struct Options {
  std::string credential;
  std::string from = "json";
  std::string relates_to;
  std::string relation;
  std::string matrix;
  std::string outbox;
  std::string receipts;
  double timeout = 30;
  std::vector<std::string> files;
};

std::string refusal_text(const cli::Common& c, std::optional<Reason> reason) {
  if (!reason)
    return c({"ブローカーがこの鍵を受け付けません: 未登録、失効、または期限切れです。登録機関に確認してください",
              "the broker does not accept this key: it is unknown, revoked or expired; ask the registrar"});
  if (*reason == Reason::revoked || *reason == Reason::unknown_member)
    return c({"ブローカーに拒否されました: この組織の登録は無効です。登録機関に確認してください: ",
              "refused by the broker: this organisation's enrolment is not valid; ask the registrar: "}) +
           std::string(name_of(*reason));
  return c({"ブローカーに拒否されました: ", "refused by the broker: "}) + std::string(name_of(*reason));
}

std::string ended_text(const cli::Common& c, const Ended& ended, const wire::Credential& credential,
                       const Options& options) {
  const std::string broker = credential.host + ":" + std::to_string(credential.urgent_port);
  std::string seconds = std::to_string(options.timeout);
  seconds.erase(seconds.find_last_not_of('0') + 1);
  if (seconds.ends_with('.')) seconds.pop_back();
  switch (ended.why) {
    case Ended::Why::refused: return refusal_text(c, ended.refusal);
    case Ended::Why::stopped: return c({"中断されました", "stopped before it was acknowledged"});
    case Ended::Why::silence:
      if (!ended.ever_welcome)
        return broker + " (" + seconds + c({"秒): ", " s): "}) + client::why_unreachable(c, credential, ended.contact);
      return c({"ブローカーから受理の応答がありません (", "no acknowledgement from the broker within ("}) + seconds +
             c({"秒)", " s)"}) +
             (options.outbox.empty() ? c({"。もう一度送ってください。同じ id なら二重にはなりません",
                                          "; send again with the same id, nothing is doubled"})
                                     : "");
    case Ended::Why::all_answered: break;
  }
  return {};
}

ReceiptFolder receipt_folder(const cli::Common& c, const Options& options, const wire::Credential& credential) {
  if (credential.broker_log) return {options.receipts, tlog::log_key(credential.broker, *credential.broker_log)};
  throw cli::Failure(
      cli::kUsage,
      options.credential + c({": ログの鍵 (broker_log) がない古い資格情報です。--receipts には、登録機関が"
                              "新しく発行した資格情報が要ります",
                              ": has no broker_log, which older credentials lack: ask the registrar for a new "
                              "one, or leave out --receipts"}));
}

// What was accepted is in the log whatever becomes of its proof: each one that is missing is told, and the rest kept.
void keep_receipts(cli::Program& program, const Options& options, const wire::Credential& credential,
                   ReceiptFolder& folder, const Load& load, const std::map<std::size_t, v1::Accepted>& accepted) {
  const cli::Common& c = program.common;
  client::Enquiry broker(c, options.credential, credential, "noroshi-publisher " + std::string(cli::kVersion),
                         options.timeout);
  std::size_t kept = 0;
  for (const auto& [index, answer] : accepted) try {
      folder.keep(broker, std::get<Parcel>(load.letters()[index].content).report, answer);
      ++kept;
    } catch (const cli::Failure& missing) {
      program.complain(load.letters()[index].where + ": " + missing.what());
      program.worse(missing.code);
      if (missing.code == cli::kUnreachable) break;
    }
  if (!c.json && !accepted.empty())
    std::cout << options.receipts << c({": 受理の証明 ", ": proofs of acceptance: "}) << kept
              << c({"件を確かめて保存しました", " verified and kept"}) << std::endl;
}

void send(cli::Program& program, const Options& options) {
  const cli::Common& c = program.common;
  if (options.files.empty() && options.outbox.empty())
    throw cli::Failure(cli::kUsage,
                       c({"FILE を指定してください。送り残しだけを送るには --outbox DIR を指定してください",
                          "FILE is required, or --outbox DIR to send what waits there"}));
  const Matrix matrix = matrix_at(c, options.matrix);
  const wire::Credential credential = cli::enrolled_credential(c, options.credential);
  const Micros now = cli::wall_clock();
  Terms terms{matrix, Author{credential.organization, credential.source}, std::nullopt, now};
  if (!options.relates_to.empty())
    terms.relating = Relating{options.relates_to, *value_in(kRelations, options.relation)};

  std::optional<ReceiptFolder> receipts;
  if (!options.receipts.empty()) receipts.emplace(receipt_folder(c, options, credential));

  std::optional<Load> loaded;
  if (options.outbox.empty())
    loaded.emplace();
  else
    loaded.emplace(options.outbox, credential.organization, now);
  Load& load = *loaded;
  std::size_t unreadable = 0;
  load.add(seal(prepare_files(options.files, *importer_named(options.from), terms,
                              [&](const std::string& why) {
                                ++unreadable;
                                program.complain(why);
                                program.worse(cli::kFailed);
                              }),
                credential.signing));

  Results results(c, load.subjects());
  std::map<std::size_t, v1::Accepted> accepted;  // by index
  const auto set = [&](std::size_t index, Outcome outcome) {
    if (const auto* answer = std::get_if<v1::Accepted>(&outcome); answer && receipts) accepted[index] = *answer;
    if (std::holds_alternative<Rejection>(outcome)) program.worse(cli::kRejected);
    results.set(index, std::move(outcome));
  };
  for (std::size_t i = 0; i < load.letters().size(); ++i)
    if (const auto* broken = std::get_if<Rejection>(&load.letters()[i].content)) set(i, *broken);

  client::watch_stop_signals();
  const auto patience = static_cast<std::int64_t>(options.timeout * static_cast<double>(kMicrosPerSecond));
  client::BrokerKeys keys(c, options.credential, credential, [](const std::string& text) { spdlog::warn(text); });
  const Ended ended = deliver(
      credential, keys, matrix, load.letters(), patience,
      [&](std::size_t index, Answer answer) { std::visit([&](auto& each) { set(index, std::move(each)); }, answer); });
  load.settle(results.outcomes());

  const std::string expiry = cli::ExpiryNotice().due(c, ended.access_until, cli::wall_clock());
  if (!expiry.empty()) spdlog::warn(expiry);
  const std::string why = ended_text(c, ended, credential, options);
  for (const auto& [index, put_off] : ended.unanswered)
    set(index, Unsent{std::get<Parcel>(load.letters()[index].content).id.value,
                      !put_off ? why
                      : c.json ? std::string(name_of(put_off->reason)) + ": " + put_off->detail
                               : rejection_text(c, *put_off, "")});
  results.summary(unreadable);
  if (receipts && !accepted.empty()) keep_receipts(program, options, credential, *receipts, load, accepted);
  if (ended.why == Ended::Why::all_answered) return;
  const std::string kept = options.outbox.empty()
                               ? ""
                               : c({"。送り残しは ", "; reports that stay in "}) + options.outbox +
                                     c({" に保管: ", ": "}) + std::to_string(ended.unanswered.size()) +
                                     c({"件。次の send --outbox で最初に送ります (FILE なしでも可)",
                                        ". The next send --outbox sends them first, with or without a FILE"});
  throw cli::Failure(cli::kUnreachable, why + kept);
}

}  // namespace

void add_send(cli::Program& program) {
  const auto o = std::make_shared<Options>();
  const cli::Common& c = program.common;
  CLI::App* command = program.command(
      "send", {"報告をブローカーに送る", "Send reports to the broker"},
      {"noroshi-publisher send --credential operator.toml report.json\n"
       "  noroshi-publisher send --credential operator.toml --outbox waiting report.json\n"
       "  noroshi-publisher send --credential vendor.toml --from kev known_exploited_vulnerabilities.json",
       "noroshi-publisher send --credential operator.toml report.json\n"
       "  noroshi-publisher send --credential operator.toml --outbox waiting report.json\n"
       "  noroshi-publisher send --credential vendor.toml --from kev known_exploited_vulnerabilities.json"},
      [&program, o] { send(program, *o); });
  command->add_option("FILE", o->files, c({"報告のファイル (- は標準入力)", "Files of reports (- is standard input)"}))
      ->option_text("...");
  command->add_option("--credential", o->credential, c({"資格情報のファイル", "The credential file"}))
      ->required()
      ->option_text("FILE");
  add_from_option(*command, c, o->from);
  CLI::Option* id = command
                        ->add_option("--relates-to", o->relates_to,
                                     c({"関連する報告の識別子", "Id of the report that these relate to"}))
                        ->option_text("ID");
  std::vector<std::string> relations;
  for (const auto& [relation, name] : kRelations) relations.emplace_back(name);
  CLI::Option* relation = command->add_option("--relation", o->relation, c({"関連の種類", "How they relate to it"}))
                              ->check(CLI::IsMember(relations))
                              ->option_text("UPDATE|CORRECTION|CANCEL|COMMENT|SUMMARY|REFERENCE");
  id->needs(relation);
  relation->needs(id);
  command
      ->add_option(
          "--outbox", o->outbox,
          c({"送る前に報告を保管するフォルダー。応答のなかったものは残り、次に最初に送る。拒否されたものは、理由と"
             "ともに DIR/rejected に移す",
             "Folder that keeps reports until they are answered; what is left there is sent first next time, "
             "what is rejected goes to DIR/rejected with the reason beside it"}))
      ->option_text("DIR");
  command
      ->add_option("--receipts", o->receipts,
                   c({"受理された報告ごとに、ログにあることの証明を確かめて保存するフォルダー",
                      "Folder that keeps, of each accepted report, a verified proof that it is in the log"}))
      ->option_text("DIR");
  command
      ->add_option(
          "--timeout", o->timeout,
          c({"応答がないときにあきらめるまでの秒数 (既定 30)", "Seconds without an answer before giving up (30)"}))
      ->check(CLI::Validator(
          [](std::string& text) {
            double seconds = 0;
            const bool ok = CLI::detail::lexical_cast(text, seconds) && seconds > 0 && seconds <= 86400;
            return ok ? std::string() : "must be more than 0 and at most 86400";
          },
          ""))
      ->option_text("SECONDS");
  add_matrix_option(*command, c, o->matrix);
}

}  // namespace noroshi::publisher
