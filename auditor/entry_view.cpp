#include "auditor/entry_view.h"

#include <boost/json.hpp>

#include <algorithm>

#include "auditor/access_view.h"
#include "proto/cli/board_view.h"
#include "proto/cli/report_view.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"

namespace noroshi::auditor {

namespace {

namespace json = boost::json;

template <class List>
json::array strings(const List& list) {
  json::array out;
  for (const auto& each : list) out.emplace_back(each);
  return out;
}

template <class List>
json::array hex_keys(const List& keys) {
  json::array out;
  for (const auto& key : keys) out.emplace_back(wire::to_hex(std::string_view(key)));
  return out;
}

json::object member_json(const v1::Member& member) {
  json::object name;
  for (const auto& [language, text] : Localized{member.name().begin(), member.name().end()}) name[language] = text;
  json::object out{{"organization", member.organization()},
                   {"name", name},
                   {"tier", member.tier()},
                   {"sectors", strings(member.sectors())}};
  if (!member.source().empty()) out["source"] = member.source();
  out["publish"] = strings(member.publish());
  out["subscribe"] = member.subscribe();
  if (!member.audit_clearance().empty()) out["auditClearance"] = member.audit_clearance();
  out["transportKeys"] = hex_keys(member.transport_keys());
  out["signingKeys"] = hex_keys(member.signing_keys());
  for (const v1::RetiredKeys& former : member.retired()) {
    if (!out.contains("retiredKeys")) out["retiredKeys"] = json::array();
    out["retiredKeys"].as_array().push_back({{"transportKey", wire::to_hex(former.transport())},
                                             {"signingKey", wire::to_hex(former.signing())},
                                             {"until", cli::rfc3339(Micros{former.until_us()})}});
  }
  if (member.annotate()) out["annotate"] = true;
  out["validFrom"] = cli::rfc3339(Micros{member.valid_from_us()});
  if (member.valid_until_us() != 0) out["validUntil"] = cli::rfc3339(Micros{member.valid_until_us()});
  out["revoked"] = member.revoked();
  return out;
}

void add_receipt(const v1::Receipt& receipt, json::object& out) {
  out["organization"] = receipt.organization();
  out["stage"] = v1::Receipt::Stage_Name(receipt.stage());
  out["reports"] = strings(receipt.report_ids());
  if (receipt.answer() != v1::Receipt::ANSWER_UNSPECIFIED) out["answer"] = v1::Receipt::Answer_Name(receipt.answer());
  if (!receipt.note().empty()) out["note"] = receipt.note();
  out["at"] = cli::rfc3339(Micros{receipt.at_us()});
}

// What this program knows of the body. Kinds of a later version are listed without it: their leaf still counts.
void add_body(const ReplayEntry& entry, json::object& out) {
  switch (entry.entry.kind) {
    case EntryKind::member: {
      out["signature"] = name_of(entry.signature);
      v1::MemberChange change;
      v1::Member member;
      if (change.ParseFromString(entry.entry.body) && member.ParseFromString(change.member()))
        out["member"] = member_json(member);
      break;
    }
    case EntryKind::receipt:
      out["signature"] = name_of(entry.signature);
      add_receipt(entry.receipt, out);
      break;
    case EntryKind::posture: {
      v1::PostureChange change;
      if (!change.ParseFromString(entry.entry.body)) break;
      out["posture"] = change.posture();
      out["reason"] = change.reason();
      break;
    }
    case EntryKind::digest: {
      v1::DigestRelease release;
      if (!release.ParseFromString(entry.entry.body)) break;
      out["upto"] = release.upto();
      out["count"] = release.count();
      out["cause"] = release.cause();
      break;
    }
    case EntryKind::access: {
      v1::Access access;
      if (access.ParseFromString(entry.entry.body)) add_access(access, out);
      break;
    }
    case EntryKind::overdue: {
      v1::Overdue overdue;
      if (!overdue.ParseFromString(entry.entry.body)) break;
      out["reportId"] = overdue.report_id();
      out["stage"] = v1::Receipt::Stage_Name(overdue.stage());
      out["organizations"] = boost::json::array(overdue.organizations().begin(), overdue.organizations().end());
      break;
    }
    case EntryKind::report: break;  // shown in full by itself
  }
}

std::string leaf_hex(const Entry& entry) { return wire::to_hex(tlog::leaf_hash(entry)); }

std::string one_line(std::string_view text) {
  std::string out = cli::printable(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return out;
}

std::string words(const cli::Common& common, const Matrix& matrix, const ReplayEntry& entry) {
  if (entry.redacted)
    return common({"(本文は閲覧権限の範囲外。葉のハッシュのみ)", "(outside this auditor's clearance: the leaf only)"});
  const Bytes& body = entry.entry.body;
  if (entry.entry.kind == EntryKind::member) {
    v1::MemberChange change;
    v1::Member member;
    if (!change.ParseFromString(body) || !member.ParseFromString(change.member())) return {};
    std::string out = one_line(member.organization()) + " (" + one_line(member.tier()) + ") ";
    out += member.revoked() ? common({"失効", "revoked"}) : common({"登録", "enrolled"});
    if (entry.signature != client::Check::valid)
      out += "  " + cli::paint(common, cli::Colour::red,
                               common({"⚠ 登録機関の署名ではありません", "⚠ not signed by the registrar"}));
    return out;
  }
  if (entry.entry.kind == EntryKind::receipt) {
    const v1::Receipt& receipt = entry.receipt;
    std::string out = one_line(receipt.organization()) + " " + common(cli::word_for(receipt.stage()));
    if (receipt.answer() != v1::Receipt::ANSWER_UNSPECIFIED) out += " " + common(cli::word_for(receipt.answer()));
    if (!receipt.note().empty()) out += ": " + one_line(receipt.note());
    for (const std::string& id : receipt.report_ids()) out += "  " + one_line(id);
    if (entry.signature != client::Check::valid)
      out += "  " +
             cli::paint(common, cli::Colour::red, common({"⚠ 署名を確認できません", "⚠ its signature does not hold"}));
    return out;
  }
  if (entry.entry.kind == EntryKind::posture) {
    v1::PostureChange change;
    if (!change.ParseFromString(body)) return {};
    const auto posture = value_in(kPostures, change.posture());
    const auto label = posture ? matrix.postures.find(*posture) : matrix.postures.end();
    const std::string word = label == matrix.postures.end() ? change.posture() : common(label->second);
    return one_line(word) + (change.reason().empty() ? "" : ": " + one_line(change.reason()));
  }
  if (entry.entry.kind == EntryKind::digest) {
    v1::DigestRelease release;
    if (!release.ParseFromString(body)) return {};
    const std::string count = std::to_string(release.count());
    const std::string upto = std::to_string(release.upto());
    return common.ja() ? upto + "番まで、" + count + "件を配信 (" + one_line(release.cause()) + ")"
                       : count + " reports up to #" + upto + " released (" + one_line(release.cause()) + ")";
  }
  if (entry.entry.kind == EntryKind::access) {
    v1::Access access;
    return access.ParseFromString(body) ? one_line(access_text(common, access)) : std::string();
  }
  if (entry.entry.kind == EntryKind::overdue) {
    v1::Overdue overdue;
    if (!overdue.ParseFromString(body)) return {};
    std::string out = one_line(overdue.report_id()) + "  " + common(cli::word_for(overdue.stage())) +
                      common({" の期限超過: ", " is overdue: "});
    for (const std::string& organization : overdue.organizations()) out += one_line(organization) + " ";
    return out;
  }
  return {};
}

cli::Text kind_word(EntryKind kind) {
  switch (kind) {
    case EntryKind::report: return {"報告", "report"};
    case EntryKind::receipt: return {"受領", "receipt"};
    case EntryKind::member: return {"会員", "member"};
    case EntryKind::posture: return {"態勢", "posture"};
    case EntryKind::digest: return {"まとめ配信", "digest"};
    case EntryKind::access: return {"監査アクセス", "audit access"};
    case EntryKind::overdue: return {"未確認", "overdue"};
  }
  return {"", ""};
}

}  // namespace

std::string entry_json(const ReplayEntry& entry, bool bytes) {
  std::string line;
  if (entry.entry.kind == EntryKind::report && !entry.redacted) {
    line = cli::delivery_json(entry.entry, entry.report, name_of(entry.signature));
  } else {
    json::object out{{"seq", entry.entry.seq.value},
                     {"recordedAt", cli::rfc3339(entry.entry.recorded_at)},
                     {"kind", name_of(entry.entry.kind)}};
    if (entry.redacted)
      out["redacted"] = true;
    else
      add_body(entry, out);
    line = json::serialize(out);
  }
  line.pop_back();  // the closing brace: more follows
  const Entry& e = entry.entry;
  // Base64 and hex need no escapes.
  if (bytes && !entry.redacted)
    line += ",\"salt\":\"" + wire::to_base64(std::string(e.salt.begin(), e.salt.end())) + "\",\"body\":\"" +
            wire::to_base64(e.body) + "\"";
  return line + ",\"leafHash\":\"" + leaf_hex(e) + "\"}";
}

std::string entry_text(const cli::Common& common, const Matrix& matrix, const ReplayEntry& entry) {
  if (entry.entry.kind == EntryKind::report && !entry.redacted)
    return cli::report_text(common, matrix, entry.entry, entry.report, name_of(entry.signature)) + "\n";
  const std::string number = "#" + std::to_string(entry.entry.seq.value);
  return number + "  " + cli::local_time(entry.entry.recorded_at) + "  " + common(kind_word(entry.entry.kind)) + "  " +
         words(common, matrix, entry) + "\n";
}

}  // namespace noroshi::auditor
