#include "auditor/csv.h"

#include <vector>

#include "proto/cli/cli.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/types/topic.h"
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"

namespace noroshi::auditor {

namespace {

std::string cell(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) text.insert(0, "'");
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

std::string row(std::vector<std::string> cells) {
  std::string out;
  for (std::string& each : cells) out += (out.empty() ? "" : ",") + cell(std::move(each));
  return out + "\r\n";
}

std::string title_of(const v1::Report& report) {
  for (const char* language : {"ja", "en"})
    if (const auto it = report.title().find(language); it != report.title().end()) return it->second;
  return {};
}

}  // namespace

std::string csv_head() {
  return row({"seq", "recordedAt", "kind", "redacted", "organization", "reportIds", "topic", "tlp", "title", "stage",
              "signature", "leafHash"});
}

std::string csv_row(const ReplayEntry& entry) {
  const Entry& e = entry.entry;
  std::string organization, ids, topic, tlp, title, stage, signature;
  if (!entry.redacted && e.kind == EntryKind::report) {
    organization = entry.report.organization();
    ids = entry.report.id();
    if (const auto status = wire::from_wire(entry.report.status()))
      topic = topic_of(*status, entry.report.item(), entry.report.source());
    tlp = entry.report.tlp();
    title = title_of(entry.report);
    signature = name_of(entry.signature);
  } else if (!entry.redacted && e.kind == EntryKind::receipt) {
    organization = entry.receipt.organization();
    for (const std::string& id : entry.receipt.report_ids()) ids += (ids.empty() ? "" : " ") + id;
    stage = v1::Receipt::Stage_Name(entry.receipt.stage());
    signature = name_of(entry.signature);
  } else if (!entry.redacted && e.kind == EntryKind::member) {
    v1::MemberChange change;
    v1::Member member;
    if (change.ParseFromString(e.body) && member.ParseFromString(change.member())) organization = member.organization();
    signature = name_of(entry.signature);
  } else if (!entry.redacted && e.kind == EntryKind::access) {
    v1::Access access;
    if (access.ParseFromString(e.body)) organization = access.organization();
  }
  return row({std::to_string(e.seq.value), cli::rfc3339(e.recorded_at), std::string(name_of(e.kind)),
              entry.redacted ? "true" : "false", organization, ids, topic, tlp, title, stage, signature,
              wire::to_hex(tlog::leaf_hash(e))});
}

}  // namespace noroshi::auditor
