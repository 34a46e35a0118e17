#include "auditor/verdict.h"

#include <boost/json.hpp>

#include <iostream>

#include "auditor/bundle.h"
#include "proto/wire/signing.h"

namespace noroshi::auditor {

namespace {

namespace json = boost::json;

void print(const cli::Common& common, const Finding& finding) {
  if (common.json) {
    json::object out{{"ok", false}, {"finding", name_of(finding.fault)}};
    if (finding.seq != Seq{}) out["seq"] = finding.seq.value;
    out["detail"] = describe(finding);
    std::cout << json::serialize(out) << "\n";
  } else {
    std::cout << cli::paint(common, cli::Colour::red, common({"✗ 検証に失敗しました", "✗ verification failed"}))
              << "\n  " << cli::printable(describe(finding)) << "\n  "
              << common({"次にすること: docs/audit.ja.md の「", "What to do: docs/audit.md, \""})
              << name_of(finding.fault) << common({"」", "\""}) << "\n";
  }
  std::cout.flush();
}

}  // namespace

void print(const cli::Common& common, const Verdict& verdict) {
  const LogCheck::Counts& n = verdict.counts;
  const std::string root = wire::to_hex(verdict.checkpoint.root);
  if (common.json) {
    json::object out{
        {"ok", true},
        {"entries", n.entries},
        {"redacted", n.redacted},
        {"root", root},
        {"checkpoint", verdict.note},
        {"accesses", n.accesses},
        {"signatures", {{"report", n.reports}, {"receipt", n.receipts}, {"member", n.members}}},
        {"keys", verdict.keys_given ? "given" : "bundle"},
    };
    out["before"] = verdict.before ? json::value(*verdict.before) : json::value(nullptr);
    std::cout << json::serialize(out) << std::endl;
    return;
  }
  const auto line = [&](cli::Text name, const std::string& value) {
    std::cout << "  " << cli::pad(common(name), 12) << " " << value << "\n";
  };
  std::cout << cli::paint(common, cli::Colour::green,
                          common({"✓ 検証しました: 抜けも書き換えもありません",
                                  "✓ verified: nothing is missing, nothing was changed"}))
            << "\n";
  line({"ログ", "log"}, verdict.checkpoint.origin);
  line({"記録", "entries"}, std::to_string(n.entries) + common({"件 (うち葉のみ ", " ("}) + std::to_string(n.redacted) +
                                common({"件)", " as leaves only)"}));
  line({"署名", "signatures"}, common({"報告 ", "reports "}) + std::to_string(n.reports) +
                                   common({"、受領 ", ", receipts "}) + std::to_string(n.receipts) +
                                   common({"、会員 ", ", members "}) + std::to_string(n.members) +
                                   common({": すべて有効", ": all hold"}));
  line({"監査アクセス", "accesses"}, std::to_string(n.accesses) + common({"件 (replay --kind access で表示)",
                                                                          " by auditors (replay --kind access)"}));
  line({"根", "root"}, root);
  line({"前回まで", "before"},
       verdict.before ? "#" + std::to_string(*verdict.before) + common({": 一致", ": agrees"})
                      : common({"比べるチェックポイントなし。--checkpoint で次回から比べられます",
                                "no checkpoint to compare with; --checkpoint keeps one for the next time"}));
  if (!verdict.keys_given)
    std::cout << cli::paint(
                     common, cli::Colour::yellow,
                     common({"⚠ 鍵はバンドル自身のもの: 内部の整合しか分かりません。--verifier-key と --registrar、"
                             "または --credential を指定してください",
                             "⚠ the keys are the bundle's own: it agrees with itself, no more. Give --verifier-key "
                             "and --registrar, or --credential"}))
              << "\n";
  std::cout.flush();
}

void judged(cli::Program& program, const std::function<void()>& verification) {
  const auto wrong = [&](const Finding& finding) {
    print(program.common, finding);
    program.worse(cli::kUnverified);
  };
  try {
    verification();
  } catch (const Wrong& no) {
    wrong(no.finding);
  } catch (const Damaged& no) {
    wrong({Fault::damaged, {}, no.what()});
  } catch (const cli::Failure& no) {
    if (no.code != cli::kUnverified) throw;
    wrong({Fault::damaged, {}, no.what()});
  }
}

}  // namespace noroshi::auditor
