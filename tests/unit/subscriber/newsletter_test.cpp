#include "subscriber/newsletter.h"

#include "subscriber/reading_view.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/sink_promises.h"

namespace noroshi::test {

using namespace subscriber;

namespace {

constexpr Micros kNow{1000 * kMicrosPerSecond};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string page(const Parcel& parcel, Language language = Language::ja) {
  const auto common = speaking(language);
  return as_html(common, shipped_matrix(),
                 by_itself(common, shipped_matrix(), article_of(common, *parcel.reading, kNow)));
}

std::string markdown(const Parcel& parcel) {
  const auto common = speaking(Language::ja);
  return as_markdown(common, shipped_matrix(),
                     by_itself(common, shipped_matrix(), article_of(common, *parcel.reading, kNow)));
}

}  // namespace

TEST_CASE("only plain addresses of the web become links, and only of references") {
  CHECK(fit_for_link("https://example.jp/a?b=c&d=%20"));
  CHECK(fit_for_link("HTTP://example.jp"));
  for (const char* bad :
       {"javascript:alert(1)", "http:example.jp", "data:text/html,x", "https//a", "https://a b", "https://a\"b",
        "https://a'b", "https://a<b", "https://a\tb", "https://a\nb", "https://例え.jp", "", "file:///etc"})
    CHECK_FALSE(fit_for_link(bad));
  const std::string html = page(parcel_saying("https://example.jp/x?a=1&b=2"));
  CHECK(has(html, "<a href=\"https://example.jp/x?a=1&amp;b=2\" rel=\"noopener noreferrer nofollow\">"));
  std::size_t links = 0;
  for (std::size_t at = html.find("<a "); at != std::string::npos; at = html.find("<a ", at + 1)) ++links;
  CHECK(links == 1);
  CHECK(has(markdown(parcel_saying("https://example.jp/x")), "<https://example.jp/x>"));
  CHECK(has(markdown(parcel_saying("https://example.jp/x")), "https\\://example.jp/x"));
}

TEST_CASE("a page has its language, needs nothing else, and shouts a drill in title, heading and at both ends") {
  const std::string html = page(parcel_saying("題", v1::Report::EXERCISE));
  CHECK(has(html, "<html lang=\"ja\">"));
  CHECK(has(html, "<title>【訓練】 題</title>"));
  CHECK(has(html, "<h1>【訓練】 題</h1>"));
  CHECK(html.find("これは訓練です") < html.find("<h1>"));
  CHECK(html.rfind("これは訓練です") > html.find("</dl>"));
  CHECK(has(html, "default-src 'none'"));
  CHECK(has(page(parcel_saying("題", v1::Report::TEST), Language::en), "<html lang=\"en\">"));
  CHECK(has(page(parcel_saying("題", v1::Report::TEST), Language::en), "<title>【TEST】 題</title>"));
  CHECK_FALSE(has(page(parcel_saying("題")), "【訓練】"));
}

TEST_CASE("a newsletter's heading tells drills from live ones") {
  const auto common = speaking(Language::ja);
  const Parcel live = parcel_saying("本番の件"), drill = parcel_saying("訓練の件", v1::Report::EXERCISE);
  const auto heading = [&](const std::vector<const Parcel*>& parcels) {
    std::vector<Article> articles;
    for (const Parcel* each : parcels) articles.push_back(article_of(common, *each->reading, kNow));
    const Newsletter letter = newsletter_of(common, shipped_matrix(), articles);
    CHECK(has(as_html(common, shipped_matrix(), letter), "<h1>" + letter.heading + "</h1>"));
    CHECK(has(as_markdown(common, shipped_matrix(), letter), "# " + letter.heading + "\n"));
    CHECK(has(as_text(common, shipped_matrix(), letter), "\n" + letter.heading + "\n"));
    return letter.heading;
  };
  CHECK(heading({&live, &live}).starts_with("ニュースレター"));
  CHECK(heading({&drill, &drill}).starts_with("【訓練】"));
  CHECK(heading({&live, &drill}).starts_with("【訓練・試験を含む】"));
}

TEST_CASE("what was withdrawn says so on its page") {
  Parcel parcel = parcel_saying("題");
  parcel.reading->withdrawn = Withdrawal{"01890a5d-ac96-774b-bcce-000000000009", Relation::cancel};
  CHECK(has(page(parcel), "<p class=\"notice\">【取消】 参照: 01890a5d"));
  CHECK(has(markdown(parcel), "**【取消】 参照: 01890a5d"));
}

TEST_CASE("what has expired says so wherever it is read, and not a moment before") {
  Parcel parcel = parcel_saying("題");
  const Reading& reading = *parcel.reading;
  parcel.reading->report.mutable_expires_at()->set_seconds(1000);
  for (const auto& [language, mark] :
       {std::pair{Language::ja, "【期限切れ】"}, std::pair{Language::en, "【EXPIRED】"}}) {
    const auto common = speaking(language);
    for (const Micros now : {Micros{kNow.value - 1}, kNow}) {
      const bool over = now == kNow;
      const Article article = article_of(common, reading, now);
      for (const Newsletter& letter : {by_itself(common, shipped_matrix(), article),
                                       newsletter_of(common, shipped_matrix(), {article, article})}) {
        CHECK(has(as_text(common, shipped_matrix(), letter), mark) == over);
        CHECK(has(as_html(common, shipped_matrix(), letter), mark) == over);
        CHECK(has(as_markdown(common, shipped_matrix(), letter), mark) == over);
      }
      CHECK(summary(common, shipped_matrix(), article).starts_with(mark) == over);
      CHECK(has(reading_row(common, reading, now).back(), mark) == over);
      CHECK(has(reading_text(common, shipped_matrix(), reading, now), mark) == over);
    }
  }
  parcel.reading->report.clear_expires_at();
  CHECK_FALSE(has(page(parcel), "【期限切れ】"));
}

TEST_CASE("Markdown shows what was written as it was written") {
  const std::string text = markdown(parcel_saying("# a *b* [c](d) <e> `f` www.example.jp\n1. g\n    h\n- i\n\n---\nj"));
  for (const char* part : {"\\# a \\*b\\* \\[c\\](d) \\<e\\> \\`f\\` www\\.example.jp\\\n", "\n1\\. g\\\n",
                           "\n&nbsp;&nbsp;&nbsp;&nbsp;h\\\n", "\n\\- i\n\n", "\n\\---\\\nj\n"})
    CHECK(has(text, part));
}

}  // namespace noroshi::test
