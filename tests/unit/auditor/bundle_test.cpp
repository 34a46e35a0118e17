// Bundles, whole and damaged. NOROSHI_DAMAGE=all has every byte changed under a hash that was put right again, too.
#include "auditor/bundle.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "auditor/verify.h"
#include "proto/tlog/tree.h"
#include "tests/support/catch.h"
#include "tests/unit/auditor/folder.h"
#include "tests/unit/auditor/sample_log.h"

namespace noroshi::auditor {

namespace {

namespace fs = std::filesystem;
using test::content;
using test::Folder;
using test::SampleLog;

void write_bundle(const fs::path& file, const v1::BundleHead& head, const test::Rows& rows) {
  BundleWriter out(file, head);
  for (const test::Row& row : rows) out.add(row.entry, row.redacted);
  out.finish();
}

void put(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

void put_byte(const fs::path& file, std::size_t at, char byte) {
  std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
  out.seekp(static_cast<std::streamoff>(at));
  out.put(byte);
}

Given keys_of(const SampleLog& log) { return {log.log_key(), log.registrar().public_key}; }

// The name of what is wrong; "": nothing.
std::string judge(const fs::path& file, const Given& given, const fs::path& seen = {}) {
  try {
    BundleReader bundle(file);
    verify_bundle(bundle, given, seen, [] {});
    return "";
  } catch (const Wrong& no) {
    return std::string(name_of(no.finding.fault));
  } catch (const Damaged&) {
    return "damaged";
  }
}

bool reads_through(const fs::path& file) {
  try {
    BundleReader bundle(file);
    while (bundle.next()) {
    }
    return true;
  } catch (const Damaged&) {
    return false;
  }
}

// The hash at the end, put right by somebody who knows how; nullopt: the records no longer fit together.
std::optional<std::string> repaired(const std::string& bytes) {
  constexpr std::size_t kMagic = 17;
  Hash chain{};
  std::size_t at = 0;
  for (std::size_t length = kMagic; length > 0;) {
    if (at + length > bytes.size()) return std::nullopt;
    chain = wire::sha256(tlog::octets(chain), std::string_view(bytes).substr(at, length));
    at += length;
    if (length == 4) return bytes.substr(0, at) + std::string(tlog::octets(chain));
    if (at + 4 > bytes.size()) return std::nullopt;
    length = 4;
    std::size_t body = 0;
    for (std::size_t i = 0; i < 4; ++i) body = body << 8 | static_cast<unsigned char>(bytes[at + i]);
    length += body;
    if (body == 0) length = 4;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("a bundle is verified without its broker, by keys from elsewhere") {
  const Folder folder;
  const SampleLog log(60);
  write_bundle(folder / "b", log.head(log.rows()), log.rows());
  BundleReader bundle(folder / "b");
  const Verdict verdict = verify_bundle(bundle, keys_of(log), {}, [] {});
  CHECK(verdict.counts.entries == 60);
  CHECK(verdict.counts.redacted > 0);
  CHECK(verdict.counts.members == 3);
  CHECK(verdict.counts.reports > 5);
  CHECK(verdict.counts.receipts > 5);
  CHECK(verdict.keys_given);
  CHECK_FALSE(verdict.before);

  SECTION("its own keys prove that it agrees with itself, and it is said") {
    BundleReader again(folder / "b");
    CHECK_FALSE(verify_bundle(again, {}, {}, [] {}).keys_given);
    BundleReader half(folder / "b");
    CHECK_FALSE(verify_bundle(half, {log.log_key(), std::nullopt}, {}, [] {}).keys_given);
  }
  SECTION("other keys than those given") {
    const SampleLog other(4);
    CHECK(judge(folder / "b", {other.log_key(), std::nullopt}) == "key_mismatch");
    CHECK(judge(folder / "b", {log.log_key(), other.registrar().public_key}) == "key_mismatch");
  }
  SECTION("an earlier checkpoint that it leads to, one that it does not, and one beyond it") {
    const test::Rows first(log.rows().begin(), log.rows().begin() + 20);
    put(folder / "seen", log.sign(first));
    CHECK(judge(folder / "b", keys_of(log), folder / "seen").empty());
    std::mt19937_64 chance(7);  // NOLINT: the same one each time
    put(folder / "seen", log.sign(test::forged(first, test::Forgery::insert, 20, chance)));
    CHECK(judge(folder / "b", keys_of(log), folder / "seen") == "rewritten");
    write_bundle(folder / "short", log.head(first), first);
    put(folder / "seen", log.sign(log.rows()));
    CHECK(judge(folder / "short", keys_of(log), folder / "seen") == "shortened");
  }
  SECTION("earlier checkpoints that it brings itself") {
    v1::BundleHead head = log.head(log.rows());
    head.add_earlier(log.sign(test::Rows(log.rows().begin(), log.rows().begin() + 9)));
    write_bundle(folder / "b", head, log.rows());
    CHECK(judge(folder / "b", keys_of(log)).empty());
    std::mt19937_64 chance(7);  // NOLINT: the same one each time
    head.add_earlier(log.sign(test::forged(log.rows(), test::Forgery::drop, 20, chance)));
    write_bundle(folder / "b", head, log.rows());
    CHECK(judge(folder / "b", keys_of(log)) == "rewritten");
    head = log.head(log.rows());
    head.add_earlier(SampleLog(3).sign(log.rows()));
    write_bundle(folder / "b", head, log.rows());
    CHECK(judge(folder / "b", keys_of(log)) == "checkpoint_invalid");
  }
  SECTION("entries beside the checkpoint's") {
    const test::Rows fewer(log.rows().begin(), log.rows().end() - 1);
    write_bundle(folder / "b", log.head(log.rows()), fewer);
    CHECK(judge(folder / "b", keys_of(log)) == "incomplete");
    write_bundle(folder / "b", log.head(fewer), log.rows());
    CHECK(judge(folder / "b", keys_of(log)) == "incomplete");
    test::Rows gap = log.rows();
    gap.erase(gap.begin() + 5);
    write_bundle(folder / "b", log.head(log.rows()), gap);
    CHECK(judge(folder / "b", keys_of(log)) == "out_of_order");
    test::Rows hasty = log.rows();
    hasty[9].entry.recorded_at = hasty[8].entry.recorded_at + -1;
    write_bundle(folder / "b", log.head(hasty), hasty);
    CHECK(judge(folder / "b", keys_of(log)) == "time_backwards");
  }
}

TEST_CASE("a bundle that was not finished is not there") {
  const Folder folder;
  const SampleLog log(5);
  {
    BundleWriter out(folder / "b", log.head(log.rows()));
    out.add(log.rows()[0].entry, false);
  }
  CHECK(fs::is_empty(folder.path));
}

TEST_CASE("every changed, missing and added byte of a bundle is found") {
  const Folder folder;
  const SampleLog log(200);
  const fs::path file = folder / "b";
  write_bundle(file, log.head(log.rows()), log.rows());
  const std::string whole = content(file);
  REQUIRE(reads_through(file));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    put_byte(file, at, static_cast<char>(whole[at] ^ 1 << at % 8));
    if (reads_through(file)) FAIL("byte " << at);
    put_byte(file, at, whole[at]);
  }
  CHECK(reads_through(file));
  put(file, whole + '\0');
  CHECK_FALSE(reads_through(file));
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    put(file, whole.substr(0, size));
    if (reads_through(file)) FAIL("cut after " << size);
  }
}

// Then the chain says nothing, and tree and signatures have to. What no leaf covers, and nobody relies on: the lane of an entry,
// and what the head says of the export itself.
TEST_CASE("a changed byte is found, too, if the hash at the end was put right again") {
  const Folder folder;
  const SampleLog log(60);
  const fs::path file = folder / "b";
  write_bundle(file, log.head(log.rows()), log.rows());
  const std::string whole = content(file);
  REQUIRE(repaired(whole) == whole);
  const char* const damage = std::getenv("NOROSHI_DAMAGE");
  const std::size_t step = damage && std::string(damage) == "all" ? 1 : 23;
  std::size_t lanes = 0, tried = 0;
  for (std::size_t at = 0; at < whole.size(); at += step) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1 << at % 8);
    const auto better = repaired(changed);
    if (!better) continue;
    ++tried;
    put(file, *better);
    if (!judge(file, keys_of(log)).empty()) continue;
    // Not found: then it says the same of everything but lanes.
    BundleReader bundle(file);
    std::size_t n = 0;
    while (const auto row = bundle.next()) {
      const Entry& was = log.rows().at(n++).entry;
      CHECK(row->entry.leaf == was.leaf);
      CHECK(row->entry.body == was.body);
      CHECK(row->entry.recorded_at == was.recorded_at);
      lanes += row->entry.lane != was.lane && !row->redacted;
    }
    CHECK(n == log.rows().size());
  }
  CHECK(tried * step * 2 > whole.size());
  CHECK(lanes * 50 < tried);
}

}  // namespace noroshi::auditor
