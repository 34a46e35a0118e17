// What a sending leaves in its outbox: nothing that was signed is gone before it is in the log.
#include "publisher/load.h"

#include "proto/cli/cli.h"
#include "tests/support/catch.h"
#include "tests/unit/publisher/agent_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::publisher;
using namespace noroshi::publisher::test;

using Names = std::vector<std::string>;
using Outcomes = std::vector<std::optional<Outcome>>;

constexpr Micros kNow{1'780'306'200'123'456};
const std::string kFile = "20260601T093000.123456Z.signed";

Names titles_in(const std::filesystem::path& file) {
  const auto found = letters_in(read(file));
  REQUIRE(found);
  Names out;
  for (const Letter& each : *found) out.push_back(title_of(std::get<Parcel>(each.content).report));
  return out;
}

TEST_CASE("what was answered leaves, what was rejected goes to its folder with the reason, what is open stays") {
  const TemporaryFolder folder;
  const auto box = folder.path / "box";
  Load load(box, "tepco", kNow);
  load.add(letters({"one", "two", "three"}));
  CHECK(load.subjects()[1].kept == (box / "rejected" / kFile).string());
  load.settle(Outcomes{v1::Accepted(), Rejection{Reason::not_permitted, "item", "not yours"}, std::nullopt});
  CHECK(titles_in(box / kFile) == Names{"three"});
  CHECK(titles_in(box / "rejected" / kFile) == Names{"two"});
  const std::string results = read(box / "rejected" / (kFile + ".result.json"));
  CHECK(results.find(R"("reason":"not_permitted")") != std::string::npos);
  CHECK(results.find(R"("id":")" + load.subjects()[1].id) != std::string::npos);
}

TEST_CASE("what is rejected later of the same entry is kept beside what was rejected first") {
  const TemporaryFolder folder;
  const auto box = folder.path / "box";
  {
    Load load(box, "tepco", kNow);
    load.add(letters({"one", "two"}));
    load.settle(Outcomes{Rejection{}, std::nullopt});
  }
  Load load(box, "tepco", kNow);
  REQUIRE(load.letters().size() == 1);
  load.settle(Outcomes{Rejection{}});
  CHECK(names_in(box) == Names{"rejected"});
  CHECK(names_in(box / "rejected").size() == 4);
  CHECK(titles_in(box / "rejected" / kFile) == Names{"one"});
  CHECK(titles_in(load.subjects()[0].kept) == Names{"two"});
}

TEST_CASE("what was rejected is sent again once it is moved back") {
  const TemporaryFolder folder;
  const auto box = folder.path / "box";
  {
    Load load(box, "tepco", kNow);
    load.add(letters({"one"}));
    load.settle(Outcomes{Rejection{}});
  }
  std::filesystem::rename(box / "rejected" / kFile, box / kFile);
  CHECK(Load(box, "tepco", kNow).letters().size() == 1);
}

TEST_CASE("killed at any moment, a rejected report is in the outbox or beside its result") {
  for (std::size_t moment = 1;; ++moment) {
    const TemporaryFolder folder;
    const auto box = folder.path / "box";
    bool killed = false;
    {
      Load load(box, "tepco", kNow);
      load.add(letters({"one"}));
      const KillAt kill(moment);
      try {
        load.settle(Outcomes{Rejection{}});
      } catch (const Killed&) {
        killed = true;
      }
    }
    INFO(moment);
    const bool waits = std::filesystem::exists(box / kFile);
    const bool kept = std::filesystem::exists(box / "rejected" / kFile);
    CHECK((waits || kept));
    CHECK((!kept || std::filesystem::exists(box / "rejected" / (kFile + ".result.json"))));
    if (!killed) break;
  }
}

TEST_CASE("what another organisation signed is not sent with this one's credential") {
  const TemporaryFolder folder;
  const auto box = folder.path / "box";
  {
    Load load(box, "tepco", kNow);
    load.add(letters({"one"}));
  }
  CHECK_THROWS_WITH(Load(box, "other", kNow),
                    Catch::Matchers::Contains(kFile) && Catch::Matchers::Contains("tepco / other"));
  CHECK(titles_in(box / kFile) == Names{"one"});
}

}  // namespace
