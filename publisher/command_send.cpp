// send: reports to the broker, one result each.
#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>

#include "proto/cli/credential.h"
#include "proto/client/unreachable.h"
#include "proto/wire/credential.h"
#include "publisher/commands.h"
#include "publisher/courier.h"
#include "publisher/prepare.h"
#include "publisher/results.h"

namespace noroshi::publisher {
namespace {

struct Options {
  std::string credential;
  std::string from = "json";
  std::string relates_to;
  std::string relation;
  std::string matrix;
  double timeout = 30;
  std::vector<std::string> files;
};

volatile std::sig_atomic_t stop_asked = 0;

// Whoever stops the program still hears what was acknowledged. A second signal ends it at once.
void heed_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_asked = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

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

std::string ended_text(const cli::Common& c, const Ended& ended, const wire::Credential& credential, double timeout) {
  const std::string broker = credential.host + ":" + std::to_string(credential.urgent_port);
  std::string seconds = std::to_string(timeout);
  seconds.erase(seconds.find_last_not_of('0') + 1);
  if (seconds.ends_with('.')) seconds.pop_back();
  switch (ended.why) {
    case Ended::Why::refused: return refusal_text(c, ended.refusal);
    case Ended::Why::stopped: return c({"中断されました", "stopped before it was acknowledged"});
    case Ended::Why::silence:
      return ended.ever_welcome
                 ? c({"ブローカーから受理の応答がありません (", "no acknowledgement from the broker within ("}) +
                       seconds +
                       c({"秒)。もう一度送ってください。同じ id なら二重にはなりません",
                          " s); send again with the same id, nothing is doubled"})
                 : broker + " (" + seconds + c({"秒): ", " s): "}) +
                       client::why_unreachable(c, credential, ended.contact);
    case Ended::Why::all_answered: break;
  }
  return {};
}

std::vector<Parcel> parcels_of(std::vector<Prepared>& all, const wire::SigningKey& key,
                               std::vector<std::size_t>& indices) {
  std::vector<Parcel> parcels;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto* checked = std::get_if<Checked>(&all[i].outcome);
    if (!checked) continue;
    const auto& relates = checked->report.relates_to;
    parcels.push_back({checked->report.item, checked->report.id, relates ? relates->report : ReportId{},
                       sign(key, std::move(checked->bytes))});
    indices.push_back(i);
  }
  return parcels;
}

void send(cli::Program& program, const Options& options) {
  const cli::Common& c = program.common;
  const Matrix matrix = matrix_at(c, options.matrix);
  const wire::Credential credential = cli::enrolled_credential(c, options.credential);
  Terms terms{matrix, Author{credential.organization, credential.source}, std::nullopt, cli::wall_clock()};
  if (!options.relates_to.empty())
    terms.relating = Relating{options.relates_to, *value_in(kRelations, options.relation)};

  std::size_t unreadable = 0;
  std::vector<Prepared> all =
      prepare_files(options.files, *importer_named(options.from), terms, [&](const std::string& why) {
        ++unreadable;
        program.complain(why);
        program.worse(cli::kFailed);
      });
  Results results(c, subjects_of(all));
  const auto set = [&](std::size_t index, Outcome outcome) {
    if (std::holds_alternative<Rejection>(outcome)) program.worse(cli::kRejected);
    results.set(index, std::move(outcome));
  };
  for (std::size_t i = 0; i < all.size(); ++i)
    if (const auto* broken = std::get_if<Rejection>(&all[i].outcome)) set(i, *broken);

  std::vector<std::size_t> indices;
  const std::vector<Parcel> parcels = parcels_of(all, credential.signing, indices);
  heed_signals();
  const auto patience = static_cast<std::int64_t>(options.timeout * static_cast<double>(kMicrosPerSecond));
  client::BrokerKeys keys(c, options.credential, credential, [](const std::string& text) { spdlog::warn(text); });
  const Ended ended =
      deliver(credential, keys, matrix, parcels, patience, stop_asked, [&](std::size_t parcel, Answer answer) {
        std::visit([&](auto& each) { set(indices[parcel], std::move(each)); }, answer);
      });

  const std::string expiry = cli::ExpiryNotice().due(c, ended.access_until, cli::wall_clock());
  if (!expiry.empty()) spdlog::warn(expiry);
  const std::string why = ended_text(c, ended, credential, options.timeout);
  for (const auto& [parcel, put_off] : ended.unanswered)
    set(indices[parcel],
        Unsent{parcels[parcel].id.value, !put_off ? why
                                         : c.json ? std::string(name_of(put_off->reason)) + ": " + put_off->detail
                                                  : rejection_text(c, *put_off, "")});
  results.summary(unreadable);
  if (ended.why != Ended::Why::all_answered) throw cli::Failure(cli::kUnreachable, why);
}

}  // namespace

void add_send(cli::Program& program) {
  const auto o = std::make_shared<Options>();
  const cli::Common& c = program.common;
  CLI::App* command = program.command(
      "send", {"報告をブローカーに送る", "Send reports to the broker"},
      {"noroshi-publisher send --credential operator.toml report.json\n"
       "  noroshi-publisher send --credential vendor.toml --from kev known_exploited_vulnerabilities.json",
       "noroshi-publisher send --credential operator.toml report.json\n"
       "  noroshi-publisher send --credential vendor.toml --from kev known_exploited_vulnerabilities.json"},
      [&program, o] { send(program, *o); });
  command->add_option("FILE", o->files, c({"報告のファイル (- は標準入力)", "Files of reports (- is standard input)"}))
      ->required()
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
