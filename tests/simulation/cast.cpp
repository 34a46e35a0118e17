#include "tests/simulation/cast.h"

#include <algorithm>

namespace noroshi::simulation {

namespace {

Actor make_actor(const std::string& organization, Tier tier, std::vector<std::string> sectors,
                 const std::string& source, std::vector<std::string> publish, bool subscribe, Micros now) {
  Actor actor;
  actor.transport = wire::make_transport_key();
  actor.signing = wire::make_signing_key();
  actor.member.organization = organization;
  actor.member.name = {{"ja", organization}, {"en", organization}};
  actor.member.tier = tier;
  actor.member.sectors = std::move(sectors);
  actor.member.source = source;
  actor.member.publish = std::move(publish);
  actor.member.subscribe = subscribe;
  actor.member.transport_keys = {actor.transport.public_key};
  actor.member.signing_keys = {actor.signing.public_key};
  actor.member.valid_from = now;
  return actor;
}

Actor make_auditor(const std::string& organization, Tlp clearance, Micros now) {
  Actor actor = make_actor(organization, Tier::auditor, {}, "", {}, false, now);
  actor.member.audit_clearance = clearance;
  return actor;
}

std::vector<std::string> some_of(const std::vector<std::string>& all, Chance& chance) {
  std::vector<std::string> some;
  for (const std::string& each : all)
    if (chance.one_in(3)) some.push_back(each);
  return some;
}

template <class List>
void fill(List* list, const std::vector<std::string>& values) {
  for (const std::string& value : values) list->Add(std::string(value));
}

}  // namespace

std::map<std::string, Member> Cast::members() const {
  std::map<std::string, Member> all;
  for (const auto& [organization, actor] : actors) all[organization] = actor.member;
  return all;
}

Cast make_cast(Micros now) {
  Cast cast;
  cast.registrar = wire::make_signing_key();
  cast.log = wire::make_signing_key();
  for (Actor actor : {make_actor("vendor", Tier::vendor, {}, "other", {"*"}, false, now),
                      make_actor("ministry", Tier::ministry, {"electricity", "gas"}, "sector", {"*"}, true, now),
                      make_actor("nisc", Tier::nisc, {}, "nisc-ciip", {"*"}, false, now),
                      make_auditor("inspector", Tlp::red, now), make_auditor("reviewer", Tlp::green, now),
                      make_actor("power", Tier::operator_, {"electricity"}, "", {}, true, now),
                      make_actor("bank", Tier::operator_, {"finance"}, "", {}, true, now),
                      make_actor("gas-hub", Tier::ceptoar, {"gas", "electricity"}, "", {}, true, now),
                      make_actor("leaver", Tier::operator_, {"finance", "gas"}, "", {}, true, now)})
    cast.actors[actor.member.organization] = actor;
  return cast;
}

v1::Report random_report(const Actor& author, const Matrix& matrix, Chance& chance, Micros now) {
  static const std::vector<std::string> labels{"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};
  static const std::vector<std::string> sectors{"electricity", "gas", "finance"};
  static const std::vector<std::string> tiers{"operator", "ceptoar", "ministry"};
  static const std::vector<std::string> organizations{"power", "bank", "gas-hub", "leaver"};

  const MatrixItem& item = chance.pick(matrix.items);
  v1::Report report;
  report.set_id(wire::make_uuidv7(now).value);
  report.set_organization(author.member.organization);
  report.set_item(item.id);
  report.set_source(author.member.source);
  report.set_status(chance.one_in(8) ? v1::Report::EXERCISE : v1::Report::ACTUAL);
  (*report.mutable_title())["ja"] = "模擬 " + std::string(static_cast<std::size_t>(chance.between(1, 200)), 'x');
  v1::Section& section = *report.add_sections();
  section.set_field(item.fields.front().id);
  section.set_state(v1::Section::KNOWN);
  (*section.mutable_text())["ja"] =
      std::string(static_cast<std::size_t>(chance.between(1, chance.one_in(10) ? 60'000 : 900)), 'y');
  report.set_tlp(chance.pick(labels));
  fill(report.mutable_audience()->mutable_sectors(), some_of(sectors, chance));
  fill(report.mutable_audience()->mutable_tiers(), some_of(tiers, chance));
  fill(report.mutable_audience()->mutable_organizations(), some_of(organizations, chance));
  const bool narrow = report.tlp() == "AMBER" || report.tlp() == "AMBER+STRICT" || report.tlp() == "RED";
  if (narrow && report.audience().organizations().empty())
    report.mutable_audience()->add_organizations(chance.pick(organizations));
  report.set_matrix_version(matrix.version);
  return report;
}

v1::Report random_sequel(const v1::Report& earlier, const Actor& author, const Matrix& matrix, Chance& chance,
                         Micros now) {
  static const std::vector<v1::RelatesTo::Relation> relations{v1::RelatesTo::UPDATE,  v1::RelatesTo::CORRECTION,
                                                              v1::RelatesTo::CANCEL,  v1::RelatesTo::COMMENT,
                                                              v1::RelatesTo::SUMMARY, v1::RelatesTo::REFERENCE};
  v1::Report report = random_report(author, matrix, chance, now);  // of any item: who asked for the earlier one gets it
  report.set_status(earlier.status());
  report.set_tlp(earlier.tlp());
  *report.mutable_audience() = earlier.audience();
  report.mutable_relates_to()->set_report_id(earlier.id());
  const auto relation = chance.pick(relations);
  const bool nothing_to_succeed = earlier.relates_to().relation() == v1::RelatesTo::CANCEL;
  report.mutable_relates_to()->set_relation(nothing_to_succeed ? v1::RelatesTo::REFERENCE : relation);
  return report;
}

v1::Report room_notice(const Actor& author, const Matrix& matrix, Chance& chance, Micros now) {
  v1::Report report = random_report(author, matrix, chance, now);
  const auto item = std::find_if(matrix.items.begin(), matrix.items.end(),
                                 [](const MatrixItem& each) { return each.id == "C.emergency-notice"; });
  report.set_item(item->id);
  report.mutable_sections(0)->set_field(item->fields.front().id);
  report.set_status(v1::Report::ACTUAL);
  report.mutable_response_room()->set_state(chance.one_in(2) ? v1::ResponseRoom::OPENED : v1::ResponseRoom::CLOSED);
  return report;
}

}  // namespace noroshi::simulation
