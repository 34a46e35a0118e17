// The log against the files beside it: each contradiction is refused with file and remedy, and nothing else is.
#include "broker/runtime/contradictions.h"

#include <sys/stat.h>

#include <functional>
#include <string>

#include "broker/runtime/offline.h"
#include "broker/store/log_rules.h"
#include "proto/types/words.h"
#include "proto/wire/signing.h"
#include "tests/support/catch.h"
#include "tests/unit/broker_config/temp_folder.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
namespace fs = std::filesystem;

Member publisher() {
  Member out;
  out.organization = "metro-gas";
  out.tier = Tier::operator_;
  out.sectors = {"gas"};
  out.source = "sector";
  out.publish = {"C.disaster"};
  out.transport_keys = {wire::make_transport_key().public_key};
  out.signing_keys = {wire::make_signing_key().public_key};
  out.valid_from = Micros{1};
  return out;
}

store::NewEntry report_entry(Seq seq) {
  v1::Report report;
  const ReportId id = wire::make_uuidv7(Micros{1});
  report.set_id(id.value);
  report.set_item("A.near-miss");
  report.set_source("nisc-ciip");
  report.mutable_audience()->add_sectors("ports");
  store::NewEntry out{{}, id};
  out.entry.seq = seq;
  out.entry.recorded_at = Micros{9000};
  out.entry.kind = EntryKind::report;
  out.entry.lane = Lane::urgent;
  out.entry.body = wire::sign_report(wire::make_signing_key(), report).SerializeAsString();
  out.entry.leaf = wire::leaf_of(out.entry.salt, out.entry.body);
  return out;
}

// A directory as it is after some use: one member, one report.
struct Used {
  TempFolder folder;
  runtime::DataDirectory data = make_data(folder.path() / "data", sample_config());
  wire::SigningKey registrar = runtime::load_registrar(data.registrar_key());

  Used() {
    enter(publisher());
    store::SqliteLog(data.log()).append(std::vector{report_entry(Seq{2})});
    REQUIRE(complaint() == "");
  }

  void enter(const Member& member) const {
    v1::AdminRequest request;
    *request.mutable_member() = wire::sign_member(registrar, member);
    REQUIRE(runtime::Offline::open(data)->handle(request, Micros{1000}).error().empty());
  }

  // What a start would say; nothing if it would start.
  std::string complaint() const {
    try {
      const auto foundation = runtime::load_foundation(data);
      core::Broker broker(foundation.settings);
      runtime::restore(broker, data, foundation);
      return "";
    } catch (const runtime::ConfigError& error) {
      return error.what();
    }
  }

  void edit(const fs::path& file, const std::string& from, const std::string& to) const {
    folder.write(fs::relative(file, folder.path()), replaced(contents(file), from, to));
    REQUIRE(::chmod(file.c_str(), 0600) == 0);
  }

  void exchange(const fs::path& file, const fs::path& with) const {
    fs::remove(file);
    fs::copy_file(with, file);
  }

  void forget() const { store::SqliteLog(data.log()).remember({}); }  // as a log of an earlier version
};

using Catch::Contains;

TEST_CASE("a log made under another name or with other keys is refused, naming the file beside it") {
  const Used used;
  const auto other = make_data(used.folder.path() / "other", sample_config());
  const auto& data = used.data;
  fs::path file;
  std::string remedy;
  SECTION("the name") {
    used.edit(data.config(), "noroshi.example.jp", "noroshi.example.com");
    file = data.config();
    remedy = "write origin = \"noroshi.example.jp\" again";
  }
  SECTION("the log key") {
    used.exchange(file = data.log_key(), other.log_key());
    remedy = "restore";
  }
  SECTION("the registrar's key, both halves") {
    used.exchange(data.registrar_key(), other.registrar_key());
    used.exchange(file = data.registrar_public(), other.registrar_public());
    remedy = "restore";
    SECTION("and nobody knows which it was, but a member does") { used.forget(); }
  }
  SECTION("one half of the registrar's key") {
    used.exchange(file = data.registrar_key(), other.registrar_key());
    remedy = "restore";
  }
  CHECK_THAT(used.complaint(), Catch::StartsWith(file.string() + ": ") && Contains(remedy));
  spoken_language() = Language::ja;
  CHECK_THAT(used.complaint(), Catch::StartsWith(file.string() + ": ") && Contains("ください"));
  spoken_language() = Language::en;
}

TEST_CASE("what members or reports use may not be taken away") {
  const Used used;
  const auto& data = used.data;
  if (GENERATE(false, true)) used.forget();
  fs::path file = data.matrix();
  std::string word, user;
  SECTION("a member's sector") {
    used.edit(file = data.sectors(), "id = \"gas\"", "id = \"town-gas\"");
    word = "sector \"gas\"", user = "member metro-gas";
  }
  SECTION("a member's item") {
    used.edit(file, "id = \"C.disaster\"", "id = \"C.catastrophe\"");
    word = "item \"C.disaster\"", user = "member metro-gas";
  }
  SECTION("a member's source") {
    used.edit(file, "id = \"sector\"", "id = \"sectors\"");
    word = "source group \"sector\"", user = "member metro-gas";
  }
  SECTION("a report's item") {
    used.edit(file, "id = \"A.near-miss\"", "id = \"A.nearly\"");
    word = "item \"A.near-miss\"", user = "log entry 2";
  }
  SECTION("a report's source") {
    used.edit(file, "id = \"nisc-ciip\"", "id = \"nisc-csirt\"");
    word = "source group \"nisc-ciip\"", user = "log entry 2";
  }
  SECTION("a sector of a report's audience") {
    used.edit(file = data.sectors(), "id = \"ports\"", "id = \"harbours\"");
    word = "sector \"ports\"", user = "log entry 2";
  }
  CHECK_THAT(used.complaint(),
             Catch::StartsWith(file.string() + ": ") && Contains(word) && Contains(user) && Contains("put it back"));
}

TEST_CASE("what nobody uses may go, and then it is gone") {
  const Used used;
  used.edit(used.data.sectors(), "id = \"water\"", "id = \"sewage\"");
  CHECK(used.complaint() == "");
  REQUIRE(runtime::Offline::open(used.data));
  CHECK(store::facts_of(used.data.log()).contains({"sector", "sewage"}));
  CHECK_FALSE(store::facts_of(used.data.log()).contains({"sector", "water"}));
}

TEST_CASE("a revoked member uses nothing any more") {
  const Used used;
  Member member = publisher();
  member.revoked = true;
  used.enter(member);
  used.edit(used.data.sectors(), "id = \"gas\"", "id = \"town-gas\"");
  CHECK(used.complaint() == "");
}

TEST_CASE("a log of an earlier version gets its facts at the first start") {
  const Used used;
  used.forget();
  REQUIRE(runtime::Offline::open(used.data));
  CHECK(store::facts_of(used.data.log()) == runtime::facts_of(runtime::load_foundation(used.data)));
}

}  // namespace
