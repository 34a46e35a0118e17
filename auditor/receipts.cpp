#include "auditor/receipts.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <memory>

#include "auditor/key_options.h"
#include "auditor/log_walk.h"
#include "proto/cli/board_view.h"
#include "proto/client/stop_signal.h"
#include "proto/wire/decode.h"

namespace noroshi::auditor {

namespace {

namespace json = boost::json;

struct ReceiptsOptions {
  KeyOptions keys;
  std::string report;
};

std::string key_of(const ReplayEntry& entry) {
  v1::SignedReceipt in;
  return in.ParseFromString(entry.entry.body) ? in.key_id() : std::string();
}

constexpr Text kNoId{"報告の ID ではありません。8-4-4-4-12桁の16進で指定してください",
                     "is no report's id: give one as 8-4-4-4-12 hex digits"};

bool looks_like_an_id(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::equal(text.begin(), text.end(), kForm.begin(), kForm.end(), [](char c, char form) {
    return form == '-' ? c == '-' : std::isxdigit(static_cast<unsigned char>(c)) != 0;
  });
}

void show(const cli::Common& common, const ReplayEntry& entry) {
  const v1::Receipt& receipt = entry.receipt;
  const bool answered = receipt.answer() != v1::Receipt::ANSWER_UNSPECIFIED;
  if (common.json) {
    json::object out{{"seq", entry.entry.seq.value},
                     {"recordedAt", cli::rfc3339(entry.entry.recorded_at)},
                     {"organization", receipt.organization()},
                     {"stage", v1::Receipt::Stage_Name(receipt.stage())},
                     {"at", cli::rfc3339(Micros{receipt.at_us()})}};
    if (answered) out["answer"] = v1::Receipt::Answer_Name(receipt.answer());
    if (!receipt.note().empty()) out["note"] = receipt.note();
    out["signature"] = name_of(entry.signature);
    out["keyId"] = key_of(entry);
    std::cout << json::serialize(out) << "\n";
    return;
  }
  std::string what = common(cli::word_for(receipt.stage()));
  if (answered) what += " " + common(cli::word_for(receipt.answer()));
  if (!receipt.note().empty()) what += ": " + receipt.note();
  std::cout << "#" << entry.entry.seq.value << "  " << cli::local_time(entry.entry.recorded_at) << "  "
            << cli::pad(cli::printable(receipt.organization()), 20) << "  "
            << cli::pad(common({"署名 ", "signature "}) + std::string(name_of(entry.signature)), 17) << "  "
            << cli::printable(what) << "\n";
}

void receipts(cli::Program& program, const ReceiptsOptions& options) {
  const cli::Common& c = program.common;
  const wire::Credential credential = cli::enrolled_credential(c, options.keys.credential);
  client::watch_stop_signals();
  ReplayOrder order;
  order.kinds = {v1::LogEntry::RECEIPT};
  order.purpose = v1::Replay::RECEIPTS;
  std::size_t hidden = 0, found = 0;
  LogWalk walk(c, {options.keys.credential, options.keys.timeout}, credential, std::move(order), true);
  walk.run([&](const ReplayEntry& entry) {
    hidden += entry.redacted;
    const auto& ids = entry.receipt.report_ids();
    if (std::find(ids.begin(), ids.end(), options.report) == ids.end()) return;
    ++found;
    if (entry.signature != client::Check::valid) program.worse(cli::kUnverified);
    show(c, entry);
    if (!std::cout) throw cli::output_lost();
  });
  if (hidden > 0)
    spdlog::warn(std::to_string(hidden) +
                 c({"件の受領は閲覧権限の範囲外です: この報告についてのものかどうか分かりません",
                    " receipts are above this auditor's clearance: they may be of this report"}));
  if (found == 0 && !c.json)
    std::cout << c({"この報告の受領は記録されていません: ", "no receipt of this report is in the log: "})
              << cli::printable(options.report) << "\n";
}

}  // namespace

void add_receipts(cli::Program& program) {
  const auto o = std::make_shared<ReceiptsOptions>();
  const cli::Common& c = program.common;
  constexpr std::string_view kExample =
      "noroshi-auditor receipts 01989f7e-5c00-7000-8000-000000000001 --credential auditor.toml";
  CLI::App* app = program.command("receipts",
                                  {"報告の受領を、署名とともに、ログにある順に表示する",
                                   "Shows who has confirmed a report, when, and whether the signature holds"},
                                  {kExample, kExample}, [&program, o] { receipts(program, *o); });
  app->add_option("REPORT", o->report, c({"報告の ID", "The report's id"}))
      ->required()
      ->check([&c](const std::string& text) { return looks_like_an_id(text) ? "" : c(kNoId); })
      ->option_text("ID");
  add_access_options(*app, c, o->keys)->required();
}

}  // namespace noroshi::auditor
