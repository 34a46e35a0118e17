#include "auditor/verdict.h"

#include <boost/json.hpp>

#include <iostream>
#include <set>

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

Finding finding_of(const LogCheck::Counts& counts) {
  std::set<std::string> organizations;
  for (const OtherTree& each : counts.differing) organizations.insert(each.organization);
  std::string detail = std::to_string(counts.trees_differ) + say({" 件の受領: ", " receipts:"});
  for (const std::string& each : organizations) detail += " " + each;
  return {Fault::other_tree_seen, counts.differing.front().seq, std::move(detail)};
}

json::object json_of(const Verdict& verdict) {
  const LogCheck::Counts& n = verdict.counts;
  json::object out{
      {"ok", n.trees_differ == 0},
      {"entries", n.entries},
      {"redacted", n.redacted},
      {"root", wire::to_hex(verdict.checkpoint.root)},
      {"checkpoint", verdict.note},
      {"accesses", n.accesses},
      {"signatures", {{"report", n.reports}, {"receipt", n.receipts}, {"member", n.members}}},
      {"treesSeen", {{"agree", n.trees_agree}, {"differ", n.trees_differ}}},
      {"keys", verdict.keys_given ? "given" : "bundle"},
  };
  out["before"] = verdict.before ? json::value(*verdict.before) : json::value(nullptr);
  if (n.trees_differ == 0) return out;
  const Finding finding = finding_of(n);
  out["finding"] = name_of(finding.fault);
  out["seq"] = finding.seq.value;
  out["detail"] = describe(finding);
  json::array& differing = out["differing"].emplace_array();
  for (const OtherTree& each : n.differing)
    differing.push_back({{"seq", each.seq.value},
                         {"organization", each.organization},
                         {"size", each.head.size},
                         {"root", wire::to_hex(each.head.root)}});
  return out;
}

void print_text(const cli::Common& common, const Verdict& verdict) {
  const LogCheck::Counts& n = verdict.counts;
  const auto line = [&](cli::Text name, const std::string& value) {
    std::cout << "  " << cli::pad(common(name), 12) << " " << value << "\n";
  };
  if (n.trees_differ > 0)
    print(common, finding_of(n));
  else
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
  line({"会員の見た木", "trees seen"}, std::to_string(n.trees_agree) +
                                           common({" 件の受領がこのログと一致、", " receipts agree with this log, "}) +
                                           std::to_string(n.trees_differ) + common({" 件が不一致", " do not"}));
  line({"監査アクセス", "accesses"}, std::to_string(n.accesses) + common({"件 (replay --kind access で表示)",
                                                                          " by auditors (replay --kind access)"}));
  line({"根", "root"}, wire::to_hex(verdict.checkpoint.root));
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
}

}  // namespace

void conclude(cli::Program& program, const Verdict& verdict) {
  if (program.common.json)
    std::cout << json::serialize(json_of(verdict)) << "\n";
  else
    print_text(program.common, verdict);
  std::cout.flush();
  if (verdict.counts.trees_differ > 0) program.worse(cli::kUnverified);
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
