#include "subscriber/newsletter.h"

#include <algorithm>
#include <map>

#include "proto/cli/report_page.h"
#include "proto/cli/report_view.h"
#include "proto/cli/report_words.h"
#include "proto/wire/decode.h"
#include "subscriber/reading_view.h"

namespace noroshi::subscriber {

namespace {

constexpr std::size_t kColumns = 72;

std::string rule(std::string_view stroke) {
  std::string out;
  for (std::size_t i = 0; i < kColumns; ++i) out += stroke;
  return out + "\n";
}

Status status_of(const Article& article) { return wire::from_wire(article.report->status()).value_or(Status::actual); }

std::string drill_mark(const cli::Common& common, Status status) {
  return status == Status::actual ? "" : common(cli::drill_mark(status));
}

// Where a report's category stands in the matrix; behind all of them for an item that this matrix does not know.
std::size_t place_of(const Matrix& matrix, const v1::Report& report) {
  const MatrixItem* item = matrix.item(report.item());
  const auto found = std::find_if(matrix.categories.begin(), matrix.categories.end(),
                                  [&](const MatrixCategory& c) { return item && c.id == item->category; });
  return static_cast<std::size_t>(found - matrix.categories.begin());
}

std::string chapter_name(const cli::Common& common, const Matrix& matrix, std::size_t place) {
  if (place == matrix.categories.size())
    return common({"その他 (手元のマトリックスにない項目)", "Other (items this matrix does not have)"});
  return matrix.categories[place].id + " " + common(matrix.categories[place].label);
}

// Whoever reads the heading alone must not take drills for live, nor live ones for drills.
std::string heading_mark(const cli::Common& common, const std::vector<Article>& articles) {
  const auto live = [](const Article& each) { return status_of(each) == Status::actual; };
  if (std::all_of(articles.begin(), articles.end(), live)) return {};
  const Status first = status_of(articles.front());
  if (std::all_of(articles.begin(), articles.end(), [&](const Article& each) { return status_of(each) == first; }))
    return drill_mark(common, first) + " ";
  return common({"【訓練・試験を含む】 ", "【INCLUDES DRILLS】 "});
}

std::string heading(const cli::Common& common, const std::vector<Article>& articles) {
  const std::string count = std::to_string(articles.size());
  std::string out = heading_mark(common, articles) + common({"ニュースレター  ", "Newsletter  "}) + count +
                    common({"件  ", articles.size() == 1 ? " report  " : " reports  "});
  const auto [first, last] = std::minmax_element(
      articles.begin(), articles.end(),
      [](const Article& a, const Article& b) { return a.entry->recorded_at < b.entry->recorded_at; });
  out += cli::local_time(first->entry->recorded_at);
  if (last->entry->recorded_at != first->entry->recorded_at)
    out += common({" 〜 ", " to "}) + cli::local_time(last->entry->recorded_at);
  return out;
}

std::string article_text(const cli::Common& common, const Matrix& matrix, const Article& article) {
  return (article.notice.empty() ? "" : article.notice + "\n") +
         cli::report_text(common, matrix, *article.entry, *article.report, article.signature);
}

}  // namespace

Article article_of(const cli::Common& common, const Delivery& delivery, Micros now) {
  const std::string mark = expiry_mark(common, delivery.report, now);
  return {&delivery.entry, &delivery.report, name_of(delivery.signature), mark, mark};
}

Article article_of(const cli::Common& common, const Reading& reading, Micros now) {
  return {&reading.entry, &reading.report, reading.signature,
          expiry_mark(common, reading.report, now) + withdrawal_note(common, reading), marks(common, reading, now)};
}

std::string summary(const cli::Common& common, const Matrix& matrix, const Article& article) {
  const v1::Report& report = *article.report;
  const MatrixItem* item = matrix.item(report.item());
  std::string out = article.marks + drill_mark(common, status_of(article)) + common(cli::follower_mark(report));
  out += one_line(common(Localized{report.title().begin(), report.title().end()}));
  out += "  [" + (item ? common(item->label) : one_line(report.item())) + "]  " + one_line(report.organization());
  if (article.signature != name_of(client::Check::valid))
    out += "  " + cli::paint(common, cli::Colour::red, common({"⚠ 署名を確認できません", "⚠ signature not valid"}));
  return out;
}

Newsletter newsletter_of(const cli::Common& common, const Matrix& matrix, const std::vector<Article>& digest) {
  Newsletter out;
  if (digest.empty()) return out;
  std::map<std::size_t, std::vector<Article>> by_category;
  for (const Article& article : digest) by_category[place_of(matrix, *article.report)].push_back(article);
  out.heading = heading(common, digest);
  for (auto& [place, articles] : by_category) {
    Newsletter::Chapter& chapter = out.contents.emplace_back();
    chapter.name = chapter_name(common, matrix, place);
    for (Article& article : articles) {
      chapter.summaries.push_back(summary(common, matrix, article));
      out.articles.push_back(std::move(article));
    }
  }
  return out;
}

Newsletter by_itself(const cli::Common& common, const Matrix& matrix, const Article& article) {
  return {cli::report_page(common, matrix, *article.entry, *article.report, article.signature).title, {}, {article}};
}

std::string as_text(const cli::Common& common, const Matrix& matrix, const Newsletter& letter) {
  if (letter.articles.empty()) return {};
  if (letter.contents.empty()) return article_text(common, matrix, letter.articles.front());
  std::string out = rule("═") + cli::paint(common, cli::Colour::bold, letter.heading) + "\n" + rule("═");
  std::size_t number = 0;
  for (const auto& [name, summaries] : letter.contents) {
    out += "\n" + cli::paint(common, cli::Colour::bold, name) + "\n";
    for (const std::string& each : summaries) out += "  " + std::to_string(++number) + ". " + each + "\n";
  }
  number = 0;
  for (const Article& each : letter.articles)
    out += "\n" + rule("─") + "(" + std::to_string(++number) + "/" + std::to_string(letter.articles.size()) + ")\n" +
           article_text(common, matrix, each);
  return out + rule("═");
}

std::string newsletter(const cli::Common& common, const Matrix& matrix, const std::vector<Delivery>& digest,
                       Micros now) {
  std::vector<Article> articles;
  for (const Delivery& delivery : digest)
    if (belongs_in_newsletter(delivery)) articles.push_back(article_of(common, delivery, now));
  return as_text(common, matrix, newsletter_of(common, matrix, articles));
}

bool belongs_in_newsletter(const Delivery& delivery) {
  return delivery.digest && delivery.report.tlp() != name_of(Tlp::red);
}

bool belongs_in_newsletter(const Reading& reading) {
  return reading.digest && reading.report.tlp() != name_of(Tlp::red);
}

bool fit_for_link(std::string_view url) {
  std::string scheme(url.substr(0, url.find(':')));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const bool web = scheme == "http" || scheme == "https";
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) {
    return c > ' ' && c < '\x7f' && std::string_view("\"'<>\\^`{|}").find(c) == std::string_view::npos;
  });
  return web && plain && url.substr(scheme.size()).starts_with("://");
}

}  // namespace noroshi::subscriber
