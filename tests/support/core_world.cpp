#include "tests/support/core_world.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace noroshi::test {

namespace {

[[noreturn]] void misuse(const char* what) {
  std::fprintf(stderr, "core_world: %s\n", what);
  std::abort();
}

MatrixItem item(std::string id, std::string category, Lane normal, Lane later) {
  MatrixItem made;
  made.label = {{"en", id}};
  made.id = std::move(id);
  made.category = std::move(category);
  made.fields = {{"content", {{"en", "Content"}}}, {"cause", {{"en", "Cause"}}}};
  made.lane = {{Posture::normal, normal}, {Posture::heightened, later}, {Posture::incident, later}};
  return made;
}

std::string source_of(Tier tier) {
  switch (tier) {
    case Tier::nisc: return "nisc-ciip";
    case Tier::ministry:
    case Tier::ceptoar:
    case Tier::operator_: return "sector";
    case Tier::vendor:
    case Tier::research:
    case Tier::auditor: break;
  }
  return "other";
}

// Not a hash to rely on: enough that reports which differ have digests which differ.
Hash digest_of(const Report& report) {
  Hash digest{};
  const std::size_t value = std::hash<std::string>{}(report.id.value + report.organization + report.item + report.tlp +
                                                     (report.title.empty() ? "" : report.title.begin()->second));
  for (std::size_t i = 0; i < sizeof value; ++i) digest.at(i) = static_cast<std::uint8_t>(value >> (8 * i));
  return digest;
}

}  // namespace

Matrix small_matrix() {
  Matrix matrix;
  matrix.version = "test-1";
  for (const char* source : {"nisc-ciip", "sector", "other"}) matrix.sources.push_back({source, {{"en", source}}});
  matrix.items = {item("A.near-miss", "A", Lane::batched, Lane::batched),
                  item("B.a.regulations", "B.a", Lane::batched, Lane::batched),
                  item("B.b.threat-trends", "B.b", Lane::batched, Lane::urgent),
                  item("B.b.security-measures", "B.b", Lane::batched, Lane::urgent),
                  item("B.c.precursor", "B.c", Lane::urgent, Lane::urgent),
                  item("C.emergency-notice", "C", Lane::urgent, Lane::urgent),
                  item("C.it-failure", "C", Lane::urgent, Lane::urgent)};
  // Nothing has to be quick but C: half an hour, an hour, two.
  using std::chrono::minutes;
  for (const char* id : {"A", "B.a", "B.b", "B.c", "C"}) {
    MatrixCategory category{id, {{"en", id}}, {{"en", id}}, {}};
    const bool quick = category.id == "C";
    for (const auto& [posture, name] : kPostures)
      category.deadlines[posture] = quick ? ReceiptDeadlines{minutes(30), minutes(60), minutes(120)}
                                          : ReceiptDeadlines{minutes(600), minutes(6000), minutes(12000)};
    matrix.categories.push_back(std::move(category));
  }
  return matrix;
}

ReportId report_id(std::string_view name) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (name.size() > 6) misuse("a report's name has at most 6 characters");
  std::string text = "019ed20f-0000-7000-8000-";
  for (std::size_t i = 0; i < 6; ++i) {
    const auto byte = static_cast<unsigned char>(i < name.size() ? name[i] : '\0');
    text += kHex[byte >> 4U];
    text += kHex[byte & 15U];
  }
  return ReportId{text};
}

std::string name_of(const ReportId& id) {
  if (id.value.size() != 36) return id.value;
  std::string name;
  for (std::size_t i = 24; i < 36; i += 2)
    if (const long byte = std::strtol(id.value.substr(i, 2).c_str(), nullptr, 16); byte != 0)
      name += static_cast<char>(byte);
  return name;
}

PublicKey key_of(std::string_view organization) {
  PublicKey key{};
  for (std::size_t i = 0; i < organization.size(); ++i)
    key.at(i % key.size()) = static_cast<std::uint8_t>(key.at(i % key.size()) * 7 + organization[i]);
  return key;
}

Member member_of(std::string organization, Tier tier, std::vector<std::string> sectors) {
  Member member;
  member.name = {{"en", organization}};
  member.tier = tier;
  member.sectors = std::move(sectors);
  member.source = source_of(tier);
  if (tier != Tier::auditor) {
    member.publish = {"*"};
    member.subscribe = true;
  }
  member.transport_keys = {key_of(organization)};
  member.signing_keys = {key_of(organization + " signs")};
  member.organization = std::move(organization);
  return member;
}

namespace cast {
Member nisc() { return member_of("nisc", Tier::nisc); }
Member meti() { return member_of("meti", Tier::ministry, {"electricity", "gas"}); }
Member denryoku() { return member_of("denryoku", Tier::ceptoar, {"electricity"}); }
Member hatsuden() { return member_of("hatsuden", Tier::operator_, {"electricity"}); }
Member gas_gaisha() { return member_of("gas-gaisha", Tier::operator_, {"gas"}); }
Member fukugo() { return member_of("fukugo", Tier::operator_, {"electricity", "gas"}); }
Member bank() { return member_of("bank", Tier::operator_, {"finance"}); }
Member vendor() { return member_of("vendor", Tier::vendor); }
Member auditor(Tlp clearance) {
  Member member = member_of("auditor", Tier::auditor);
  member.audit_clearance = clearance;
  return member;
}
}  // namespace cast

Report report_of(std::string_view name, const Member& author, std::string item) {
  Report report;
  report.id = report_id(name);
  report.organization = author.organization;
  report.item = std::move(item);
  report.source = author.source;
  report.status = Status::actual;
  report.title = {{"ja", "報告"}};
  report.sections = {{"content", SectionState::known, {{"ja", "内容"}}}};
  report.tlp = "GREEN";
  report.size = 100;
  report.digest = digest_of(report);
  return report;
}

Report labelled(Report report, std::string tlp, Audience audience) {
  report.tlp = std::move(tlp);
  report.audience = std::move(audience);
  report.digest = digest_of(report);
  return report;
}

Report relating(Report report, Relation relation, std::string_view to) {
  report.relates_to = RelatesTo{report_id(to), relation};
  return report;
}

void join(core::Outcome& all, core::Outcome more) {
  const auto add = [](auto& to, auto& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  add(all.append, more.append);
  add(all.send, more.send);
  add(all.read, more.read);
  add(all.prove, more.prove);
  add(all.feed, more.feed);
  add(all.close, more.close);
  add(all.calls, more.calls);
  add(all.admin, more.admin);
  add(all.events, more.events);
}

Names names(const std::vector<core::Released>& entries) {
  Names all;
  for (const core::Released& entry : entries) {
    const Report* report = entry.record()->report();
    const std::string name = report ? name_of(report->id) : std::string(noroshi::name_of(entry.record()->entry.kind));
    all.push_back(entry.redacted() ? "(" + name + ")" : name);
  }
  return all;
}

Names delivered(const core::Outcome& outcome, PeerId peer) {
  Names all;
  for (const auto& deliver : sent<core::Deliver>(outcome, peer))
    for (const std::string& name : names(deliver.entries)) all.push_back(name);
  return all;
}

Names replayed(const core::Outcome& outcome, PeerId peer) {
  Names all;
  for (const auto& chunk : sent<core::ReplayChunk>(outcome, peer))
    for (const std::string& name : names(chunk.entries)) all.push_back(name);
  return all;
}

Names fed(const core::Outcome& outcome) {
  Names all;
  for (const core::FeedItem& each : outcome.feed) all.push_back(names({each.entry}).front());
  return all;
}

bool closed(const core::Outcome& outcome, PeerId peer) {
  return std::find(outcome.close.begin(), outcome.close.end(), peer) != outcome.close.end();
}

}  // namespace noroshi::test
