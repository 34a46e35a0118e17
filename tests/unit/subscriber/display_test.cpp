#include "subscriber/display.h"

#include <iostream>
#include <sstream>

#include "schemas/matrix_loader.h"
#include "subscriber/newsletter.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/fake_broker.h"

namespace noroshi::subscriber {

namespace {

const Matrix& matrix() {
  static const Matrix loaded = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  return loaded;
}

Delivery delivery(std::uint64_t seq, const std::string& item, const std::string& title, bool digest,
                  const std::string& tlp = "GREEN") {
  Delivery out;
  out.entry.seq = Seq{seq};
  out.entry.lane = digest ? Lane::batched : Lane::urgent;
  out.entry.recorded_at = Micros{1'780'000'000'000'000} + static_cast<std::int64_t>(seq) * 60 * kMicrosPerSecond;
  out.digest = digest;
  out.report.set_organization("bank-a");
  out.report.set_item(item);
  out.report.set_source("sector");
  out.report.set_status(v1::Report::ACTUAL);
  out.report.set_tlp(tlp);
  (*out.report.mutable_title())["ja"] = title;
  return out;
}

// What goes to stdout while it lives.
class Captured {
 public:
  Captured() : before_(std::cout.rdbuf(text_.rdbuf())) {}
  ~Captured() { std::cout.rdbuf(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf* before_;
};

struct Screen {
  Screen() { program.common.language = cli::Language::ja; }
  cli::Program program{"test", {"", ""}, {"", ""}};
  Captured out;
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a newsletter: heading, contents by category in the matrix' order, reports") {
  cli::Common common;
  common.language = cli::Language::ja;
  const std::vector<Delivery> digest{
      delivery(1, "B.b.threat-trends", "動向の件", true), delivery(2, "A.near-miss", "ヒヤリの件", true),
      delivery(3, "A.near-miss", "極秘の件", true, "RED"), delivery(4, "Z.new-item", "新項目の件", true),
      delivery(5, "A.failure-case", "事例の件\n\x1b[2J", true)};
  const std::string text = newsletter(common, matrix(), digest, Micros{1});
  CHECK(text.find("ニュースレター  4件") != std::string::npos);
  CHECK(text.find("極秘の件") == std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  for (const char* title : {"動向の件", "ヒヤリの件", "事例の件", "新項目の件"}) CHECK(count(text, title) == 2);
  const auto a = text.find("再発防止の観点で有益な情報");
  const auto b = text.find("未然防止: 個別の事例等に関する情報");
  const auto other = text.find("その他");
  CHECK(a < b);
  CHECK(b < other);
  CHECK(text.find("1. ヒヤリの件") < text.find("2. 事例の件"));
  CHECK(text.find("4. 新項目の件") > text.find("3. 動向の件"));
  CHECK(newsletter(common, matrix(), {digest[2]}, Micros{1}).empty());
}

TEST_CASE("a drill shouts in the contents too") {
  cli::Common common;
  common.language = cli::Language::ja;
  auto drill = delivery(1, "A.near-miss", "想定", true);
  drill.report.set_status(v1::Report::EXERCISE);
  CHECK(newsletter(common, matrix(), {drill}, Micros{1}).find("1. 【訓練】想定") != std::string::npos);
}

TEST_CASE("what has expired says so, by itself and in a newsletter") {
  Screen screen;
  Display display(screen.program, matrix(), std::nullopt);
  auto alert = delivery(1, "C.disaster", "古い件", false), news = delivery(2, "A.near-miss", "古い件", true);
  alert.report.mutable_expires_at()->set_seconds(1);
  news.report.mutable_expires_at()->set_seconds(1);
  news.digest_end = true;
  display.show(alert);
  CHECK(count(screen.out.text(), "【期限切れ】") == 1);
  display.show(news);  // in the contents, too
  CHECK(count(screen.out.text(), "【期限切れ】") == 3);
  display.show(delivery(3, "C.disaster", "新しい件", false));
  CHECK(count(screen.out.text(), "【期限切れ】") == 3);
}

TEST_CASE("for people a digest is shown when it is complete, RED and the urgent lane at once") {
  Screen screen;
  Display display(screen.program, matrix(), std::nullopt);
  CHECK_FALSE(display.show(delivery(1, "A.near-miss", "一件目", true)));
  CHECK(screen.out.text().empty());
  CHECK(display.show(delivery(2, "C.disaster", "緊急の件", false)) == Seq{2});
  CHECK(count(screen.out.text(), "緊急の件") == 1);
  display.show(delivery(3, "A.near-miss", "極秘の件", true, "RED"));
  CHECK(count(screen.out.text(), "極秘の件") == 1);
  auto last = delivery(4, "A.near-miss", "二件目", true);
  last.digest_end = true;
  CHECK(display.show(last) == Seq{4});
  CHECK(count(screen.out.text(), "ニュースレター  2件") == 1);
  CHECK(display.shown() == 4);
  CHECK(screen.program.exit_code == cli::kDone);
}

TEST_CASE("for programs every delivery is a line, at once") {
  Screen screen;
  screen.program.common.json = true;
  Display display(screen.program, matrix(), std::nullopt);
  CHECK(display.show(delivery(1, "A.near-miss", "一件目", true)) == Seq{1});
  CHECK(display.show(delivery(2, "A.near-miss", "二件目", true)) == Seq{2});
  CHECK(count(screen.out.text(), "\n") == 2);
}

TEST_CASE("so many and no more; a digest cut short by it is shown as far as it goes") {
  Screen screen;
  Display display(screen.program, matrix(), 2);
  display.show(delivery(1, "A.near-miss", "一件目", true));
  CHECK_FALSE(display.full());
  display.show(delivery(2, "A.near-miss", "二件目", true));
  CHECK(display.full());
  display.show(delivery(3, "A.near-miss", "三件目", true));
  CHECK(display.shown() == 2);
  CHECK(count(screen.out.text(), "ニュースレター  2件") == 1);
  CHECK(count(screen.out.text(), "三件目") == 0);
}

TEST_CASE("a signature that does not hold makes the exit code 5") {
  for (const client::Check check : {client::Check::invalid, client::Check::unknown_key}) {
    Screen screen;
    Display display(screen.program, matrix(), std::nullopt);
    auto forged = delivery(1, "C.disaster", "偽の件", false);
    forged.signature = check;
    display.show(forged);
    CHECK(screen.program.exit_code == cli::kUnverified);
    CHECK(count(screen.out.text(), "偽の件") == 1);
  }
}

}  // namespace noroshi::subscriber
