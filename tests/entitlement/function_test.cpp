// The function against the oracle: everything there is in the small world.
#include <functional>
#include <memory>
#include <utility>

#include "broker/core/entitlement.h"
#include "tests/entitlement/agreement.h"
#include "tests/entitlement/oracle.h"
#include "tests/entitlement/small_world.h"
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::entitlement;

using MemberState = std::function<void(Member&)>;

const std::vector<MemberState> kStates{
    [](Member&) {},
    [](Member& m) { m.valid_from = test::kStart + (-1), m.valid_until = test::kStart + 1; },
    [](Member& m) { m.valid_from = test::kStart; },      // its first moment
    [](Member& m) { m.valid_from = test::kStart + 1; },  // not yet
    [](Member& m) { m.valid_until = test::kStart; },     // the first moment after
    [](Member& m) { m.valid_until = test::kStart + (-1); },
    [](Member& m) { m.revoked = true; },
    [](Member& m) { m.revoked = true, m.valid_until = test::kStart + 1000; },
};

// Each organisation in every state and with every clearance, and with none.
std::vector<Member> every_kind_of_member() {
  std::vector<std::optional<Tlp>> clearances{std::nullopt};
  for (const Tlp clearance : every_clearance()) clearances.emplace_back(clearance);
  std::vector<Member> all;
  for (const Member& organization : four_organizations())
    for (const MemberState& state : kStates)
      for (const auto& clearance : clearances) {
        all.push_back(organization);
        all.back().audit_clearance = clearance;
        state(all.back());
      }
  return all;
}

}  // namespace

TEST_CASE("function and oracle agree on everything in the small world", "[function]") {
  const std::vector<Member> members = every_kind_of_member();
  std::vector<std::string> labels = every_label();
  labels.insert(labels.end(), {"", "green", "TLP:RED"});  // no label at all
  std::size_t cases = 0;
  for (const Member& author : four_organizations())
    for (const std::string& label : labels)
      for (const Audience& audience : every_audience()) {
        const Report report = test::labelled(test::report_of("r1", author), label, audience);
        const auto disagreement = disagreement_on(members, report, test::kStart);
        if (disagreement) FAIL(*disagreement);
        cases += members.size();
      }
  CHECK(cases == 4 * 8 * 512 * 192);
}

TEST_CASE("the open feed and the oracle agree for every status", "[function]") {
  for (const Status status : {Status::actual, Status::exercise, Status::test})
    for (const std::string& label : every_label())
      for (const Audience& audience : every_audience()) {
        Report report = test::labelled(test::report_of("r1", four_organizations().front()), label, audience);
        report.status = status;
        const auto disagreement = disagreement_on({}, report, test::kStart);
        if (disagreement) FAIL(*disagreement);
      }
  Report undecided = test::report_of("r1", four_organizations().front());
  undecided.tlp = "CLEAR";
  undecided.status.reset();
  CHECK_FALSE(entitled_public(undecided));
}

TEST_CASE("a receipt goes to auditors in force, whole to those who may read all that it speaks of", "[function]") {
  const std::vector<Member> members = every_kind_of_member();
  const Group allowed = auditors(members, test::kStart);
  const auto record = std::make_shared<const Record>();
  std::vector<Report> reports;
  for (const std::string& label : every_label())
    for (const Audience& audience : {Audience{}, Audience{{"gas"}, {}, {}}, Audience{{}, {}, {"hatsuden"}}})
      reports.push_back(test::labelled(test::report_of("r1", test::cast::meti()), label, audience));
  reports.push_back(test::labelled(test::report_of("r1", test::cast::meti()), "nonsense"));
  std::vector<const Report*> each{nullptr};
  for (const Report& report : reports) each.push_back(&report);
  for (const Report* first : each)
    for (const Report* second : each)
      for (const auto& of : {std::vector{first}, std::vector{first, second}}) {
        const Group whole = receipt_readers(members, of, test::kStart);
        for (std::size_t i = 0; i < members.size(); ++i) {
          const auto released = core::release_talk_to_auditor(members[i], record, of, test::kStart);
          if (released.has_value() != (allowed.count(i) == 1) ||
              (released && (released->redacted() != (whole.count(i) == 0) || released->record() != record)))
            FAIL("for " << members[i].organization << " " << i << " of " << (first ? describe(*first) : "none at hand")
                        << ", " << (second ? describe(*second) : "none at hand"));
        }
      }
}

TEST_CASE("what is no report goes to auditors in force alone, and whole", "[function]") {
  const std::vector<Member> members = every_kind_of_member();
  const Group allowed = auditors(members, test::kStart);
  for (auto& content : std::vector<decltype(Record::content)>{members.front(), PostureChange{Posture::incident, "why", {}},
                                                              DigestRelease{Seq{1}, 1, "count"}}) {
    Record made;
    made.content = content;
    const auto record = std::make_shared<const Record>(made);
    CHECK_FALSE(core::release_to_public(record));
    for (std::size_t i = 0; i < members.size(); ++i) {
      CHECK_FALSE(core::release_to(members[i], record, test::kStart));
      const auto released = core::release_to_auditor(members[i], record, test::kStart);
      CHECK(released.has_value() == (allowed.count(i) == 1));
      if (released) CHECK_FALSE(released->redacted());
    }
  }
}
