// What is refused, and where the refusal says it is.
#include "proto/wire/decode.h"

#include "proto/types/limits.h"
#include "proto/wire/signing.h"
#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::wire;

namespace {

v1::Report sample() {
  v1::Report r;
  r.set_id("018f0000-0000-7000-8000-000000000001");
  r.set_item("C.it-failure");
  r.set_status(v1::Report::ACTUAL);
  (*r.mutable_title())["ja"] = "髙﨑①㈱ ｶﾅ";
  (*r.mutable_title())["en"] = "outage";
  for (int i = 0; i < 3; ++i) {
    auto* s = r.add_sections();
    s->set_field("content");
    s->set_state(v1::Section::KNOWN);
    (*s->mutable_text())["ja"] = "本文";
  }
  r.set_tlp("GREEN");
  r.mutable_audience()->add_sectors("電力");
  r.mutable_issued_at()->set_seconds(1'700'000'000);
  r.mutable_issued_at()->set_nanos(123'456'789);
  r.mutable_relates_to()->set_report_id("x");
  r.mutable_relates_to()->set_relation(v1::RelatesTo::UPDATE);
  r.add_vulnerabilities()->set_cvss(9.8);
  r.add_attachments()->set_data("\xff\xfe");  // octets need not be text
  r.mutable_response_room()->set_state(v1::ResponseRoom::OPENED);
  return r;
}

std::string tag(int field, int wire) { return std::string(1, static_cast<char>(field << 3 | wire)); }
std::string block(int field, const std::string& inner) {
  // Two octets of length always: sizes under 16384, field numbers under 16 or two octets of tag.
  const unsigned t = static_cast<unsigned>(field) << 3 | 2u;
  std::string out;
  if (t < 0x80) {
    out += static_cast<char>(t);
  } else {
    out += static_cast<char>((t & 0x7f) | 0x80);
    out += static_cast<char>(t >> 7);
  }
  out += static_cast<char>((inner.size() & 0x7f) | 0x80);
  out += static_cast<char>(inner.size() >> 7);
  return out + inner;
}
const std::string kUnknown = tag(15, 0) + "\x01";  // field 15 where there is none

}  // namespace

TEST_CASE("a decoded report carries the digest of its bytes") {
  v1::Report report;
  report.set_id("a");
  const auto first = report.SerializeAsString();
  report.set_tlp("GREEN");
  const auto second = report.SerializeAsString();
  const auto digest = [](const std::string& bytes) { return std::get<Report>(wire::decode_report(bytes)).digest; };
  CHECK(digest(first) == wire::sha256(first));
  CHECK(digest(first) != digest(second));
}

TEST_CASE("a right report is taken") {
  const std::string bytes = sample().SerializeAsString();
  const auto result = decode_report(bytes);
  REQUIRE(std::holds_alternative<Report>(result));
  CHECK(std::get<Report>(result).size == bytes.size());
  CHECK(std::holds_alternative<Report>(decode_report("")));  // empty is well-formed; what is missing others say
}

TEST_CASE("tabs, line ends and everything printable are text") {
  CHECK(std::holds_alternative<Report>(decode_report(block(18, block(1, "\t髙﨑\r\n①㈱ｶﾅ\xc2\xa0")))));
}

TEST_CASE("a malformed report is refused, and where") {
  struct Row {
    const char* name;
    std::string added;
    const char* field;
  };
  const std::string bad_text = block(1, "ja") + block(2, "\xff");
  const Row rows[] = {
      {"an unknown field", "\xf8\x07\x01", ""},
      {"in a section", block(7, kUnknown), "sections[3]"},
      {"in a map entry, where a parse would lose it", block(6, block(1, "fr") + kUnknown), "title"},
      {"in a map entry of a section", block(7, block(3, block(1, "ja") + kUnknown)), "sections[3].text"},
      {"in the audience", block(9, kUnknown), "audience"},
      {"in a time", block(10, kUnknown), "occurredAt"},
      {"a group", tag(15, 3) + tag(15, 4), "relatesTo"},
      {"a known field of another wire type", tag(1, 0) + "\x05", "id"},
      {"no UTF-8", block(16, block(2, "\xc3\x28")), "references[0].title"},
      {"no UTF-8 in a map", block(6, bad_text), "title.value"},
      {"no UTF-8 in a map's key", block(6, block(1, "\xed\xa0\x80")), "title.key"},
      {"overlong UTF-8", block(18, block(1, "\xc0\xaf")), "indicators[0].type"},
      {"cut-off UTF-8", block(18, block(1, "\xe6\x9c")), "indicators[0].type"},
      {"an escape character", block(16, block(2, "a\x1b[31mred")), "references[0].title"},
      {"a NUL", block(18, block(1, std::string("a\0b", 3))), "indicators[0].type"},
      {"a control character of two octets", block(18, block(1, "a\xc2\x9b")), "indicators[0].type"},
      {"past Unicode", block(18, block(1, "\xf4\x90\x80\x80")), "indicators[0].type"},
      {"an unknown state", block(7, tag(2, 0) + "\x09"), "sections[3].state"},
      {"an enum number of which the low 32 bits are known", block(7, tag(2, 0) + "\x81\x80\x80\x80\x10"),
       "sections[3].state"},
      {"a negative enum number", block(7, tag(2, 0) + std::string(9, '\xff') + "\x01"), "sections[3].state"},
      {"a time past year 9999", block(13, tag(1, 0) + std::string("\x80\x80\x80\x80\x80\x80\x01")), "expiresAt"},
      {"too many nanoseconds", block(11, tag(2, 0) + std::string("\x80\x94\xeb\xdc\x03")), "detectedAt"},
      {"a field given twice", block(3, "B.c"), "item"},
      {"a length past the end", tag(3, 2) + "\x7f", ""},
      {"a varint without end", tag(14, 0) + std::string(11, '\xff'), ""},
      {"field number 0", std::string("\x00\x01", 2), ""},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const auto result = decode_report(sample().SerializeAsString() + row.added);
    REQUIRE(std::holds_alternative<Rejection>(result));
    const auto& no = std::get<Rejection>(result);
    CHECK(no.reason == Reason::malformed);
    CHECK(no.field == row.field);
    CHECK_FALSE(no.detail.empty());
  }
}

TEST_CASE("unknown numbers of every enumeration") {
  struct Row {
    const char* field;
    void (*set)(v1::Report&);
  };
  const Row rows[] = {
      {"status", [](v1::Report& r) { r.set_status(static_cast<v1::Report::Status>(4)); }},
      {"sections[1].state",
       [](v1::Report& r) { r.mutable_sections(1)->set_state(static_cast<v1::Section::State>(5)); }},
      {"relatesTo.relation",
       [](v1::Report& r) { r.mutable_relates_to()->set_relation(static_cast<v1::RelatesTo::Relation>(7)); }},
      {"responseRoom.state",
       [](v1::Report& r) { r.mutable_response_room()->set_state(static_cast<v1::ResponseRoom::State>(-1)); }},
  };
  for (const Row& row : rows) {
    v1::Report r = sample();
    row.set(r);
    const auto result = decode_report(r.SerializeAsString());
    REQUIRE(std::holds_alternative<Rejection>(result));
    CHECK(std::get<Rejection>(result).field == row.field);
  }
}

TEST_CASE("cut off anywhere, or with any octet changed: an answer, never a crash") {
  const std::string bytes = sample().SerializeAsString();
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const auto result = decode_report(bytes.substr(0, n));
    if (const auto* no = std::get_if<Rejection>(&result)) {
      CHECK(no->reason == Reason::malformed);
      CHECK(no->field.empty());
    }
    for (const int bit : {1, 8, 128}) {
      std::string altered = bytes;
      altered[n] = static_cast<char>(altered[n] ^ bit);
      static_cast<void>(decode_report(altered));
    }
  }
}

TEST_CASE("limits") {
  v1::Report r = sample();
  r.add_attachments()->set_data(std::string(limits::kReportBytes, 'x'));
  const auto result = decode_report(r.SerializeAsString());
  REQUIRE(std::holds_alternative<Rejection>(result));
  CHECK(std::get<Rejection>(result).reason == Reason::too_large);
  v1::SignedReport huge;
  huge.set_report(std::string(limits::kBrokerFrameBytes, 'x'));
  v1::SignedReport into;
  CHECK_FALSE(parse_strict(into, huge.SerializeAsString()));
}

TEST_CASE("strict parsing of the messages of a session") {
  v1::ClientMessage message;
  message.mutable_hello()->add_statuses(v1::Report::ACTUAL);
  message.mutable_hello()->add_statuses(v1::Report::TEST);
  message.mutable_hello()->add_topics("C");
  v1::ClientMessage into;
  REQUIRE(parse_strict(into, message.SerializeAsString()));  // packed enumerations
  CHECK(into.hello().statuses_size() == 2);
  message.mutable_hello()->add_statuses(static_cast<v1::Report::Status>(9));
  CHECK_FALSE(parse_strict(into, message.SerializeAsString()));
  CHECK_FALSE(parse_strict(into, block(1, kUnknown)));
  CHECK_FALSE(parse_strict(into, block(1, block(4, "\xff"))));
  CHECK(parse_strict(into, block(1, tag(5, 0) + "\x01" + tag(5, 0) + "\x02")));  // not packed is allowed
  CHECK(into.hello().statuses_size() == 2);
}

TEST_CASE("a receipt may say which state of the log its member has seen: size and root, or neither") {
  Receipt receipt{"bank", Stage::delivered, {ReportId{"018f0000-0000-7000-8000-000000000001"}}, {}, "", Micros{5}};
  CHECK_FALSE(std::get<Receipt>(decode_receipt(to_wire(receipt).SerializeAsString())).seen);
  receipt.seen = TreeHead{12, Hash{1, 2, 3}};
  const v1::Receipt whole = to_wire(receipt);
  CHECK(std::get<Receipt>(decode_receipt(whole.SerializeAsString())).seen == receipt.seen);
  const auto refused = [](v1::Receipt changed) {
    const auto out = decode_receipt(changed.SerializeAsString());
    const auto* no = std::get_if<Rejection>(&out);
    return no && no->reason == Reason::malformed && no->field == "treeRoot";
  };
  v1::Receipt changed = whole;
  changed.clear_tree_size();
  CHECK(refused(changed));
  changed = whole;
  changed.clear_tree_root();
  CHECK(refused(changed));
  changed = whole;
  changed.set_tree_root(std::string(31, 'x'));
  CHECK(refused(changed));
  changed = whole;
  changed.set_tree_size(std::uint64_t{1} << 63);
  CHECK(refused(changed));
}
