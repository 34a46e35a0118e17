#include "proto/cli/report_page.h"
#include "subscriber/newsletter.h"
#include "subscriber/planted.h"

namespace noroshi::subscriber {

namespace {

// No script, no font, no picture, nothing fetched: what a browser may do is said in the policy, too.
constexpr std::string_view kHead = R"(<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<style>
body { margin: 0 auto; max-width: 46rem; padding: 1rem; line-height: 1.7; overflow-wrap: anywhere; color: #111; background: #fff;
  font-family: system-ui, "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic", sans-serif; }
h1 { font-size: 1.4rem; line-height: 1.4; }
h2 { font-size: 1.2rem; line-height: 1.4; margin-bottom: .3rem; }
h3 { font-size: 1rem; margin-bottom: 0; border-left: .4rem solid #446; padding-left: .5rem; }
article { border-top: 2px solid #446; margin-top: 2rem; }
.drill, .notice { border: 3px solid #b00; color: #b00; font-weight: bold; padding: .3rem .6rem; }
.text { white-space: pre-wrap; margin: .3rem 0 0; }
.head span { margin-right: .6rem; }
.tlp { background: #000; color: #fff; padding: 0 .4rem; font-weight: bold; }
.red { color: #b00; font-weight: bold; } .yellow { color: #7a5200; font-weight: bold; } .green { color: #065f2b; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: .3rem 0; }
dt { color: #555; } dd { margin: 0; } dt, dd { border-bottom: 1px solid #ddd; }
@media (max-width: 30rem) { dl { display: block; } dt { border: 0; font-size: .85rem; } }
@media print { body { max-width: none; padding: 0; } h2, h3 { break-after: avoid; } dl, .drill { break-inside: avoid; } }
</style>
)";

std::string escaped(std::string_view text) {
  if (planted(Bug::html_as_it_came)) return std::string(text);
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  return out;
}

std::string element(std::string_view name, std::string_view text, std::string_view kind = {}) {
  std::string out = "<" + std::string(name);
  if (!kind.empty()) out.append(" class=\"").append(kind).append("\"");
  return out.append(">").append(escaped(text)).append("</").append(name).append(">");
}

std::string_view kind_of(std::optional<cli::Colour> colour) {
  if (colour == cli::Colour::red) return "red";
  if (colour == cli::Colour::yellow) return "yellow";
  return colour == cli::Colour::green ? "green" : "";
}

std::string link(const std::string& url) {
  if (!fit_for_link(url)) return escaped(url);
  return "<a href=\"" + escaped(url) + "\" rel=\"noopener noreferrer nofollow\">" + escaped(url) + "</a>";
}

std::string part_html(const cli::ReportPage::Part& part) {
  std::string out = element("h3", part.heading) + "\n";
  if (!part.text.empty()) out += element("p", part.text, "text") + "\n";
  if (part.lines.empty()) return out;
  out += "<ul>\n";
  for (const auto& [text, url] : part.lines) out += "<li>" + escaped(text) + link(url) + "</li>\n";
  return out + "</ul>\n";
}

std::string page_html(const cli::ReportPage& page, const Article& article, std::string_view heading) {
  const std::string drill = page.drill.empty() ? "" : element("p", page.drill, "drill") + "\n";
  std::string out = drill + "<p class=\"head\">" + element("span", page.lane, page.urgent ? "red" : "") +
                    element("span", "TLP:" + page.tlp, "tlp") + element("span", page.topic) +
                    element("span", "#" + page.seq) + "</p>\n" + element(heading, page.title) + "\n";
  if (!article.notice.empty()) out += element("p", article.notice, "notice") + "\n";
  out += "<dl>\n";
  for (const auto& [label, value, colour] : page.facts)
    out += element("dt", label) + element("dd", value, kind_of(colour)) + "\n";
  out += "</dl>\n";
  for (const auto& part : page.parts) out += part_html(part);
  return out + drill;
}

std::string contents_html(const Newsletter& letter) {
  std::string out = "<nav>\n";
  std::size_t number = 0;
  for (const auto& [name, summaries] : letter.contents) {
    out += element("h2", name) + "\n<ol start=\"" + std::to_string(number + 1) + "\">\n";
    for (const std::string& each : summaries)
      out += "<li><a href=\"#r" + std::to_string(++number) + "\">" + escaped(each) + "</a></li>\n";
    out += "</ol>\n";
  }
  return out + "</nav>\n";
}

}  // namespace

std::string as_html(const cli::Common& common, const Matrix& matrix, const Newsletter& letter) {
  const bool single = letter.contents.empty();
  std::string out = "<!DOCTYPE html>\n<html lang=\"" + std::string(common.ja() ? "ja" : "en") + "\">\n<head>\n" +
                    element("title", letter.heading) + "\n" + std::string(kHead) + "</head>\n<body>\n";
  if (!single) out += element("h1", letter.heading) + "\n" + contents_html(letter);
  std::size_t number = 0;
  for (const Article& each : letter.articles)
    out += "<article id=\"r" + std::to_string(++number) + "\">\n" +
           page_html(cli::report_page(common, matrix, *each.entry, *each.report, each.signature), each,
                     single ? "h1" : "h2") +
           "</article>\n";
  return out + "</body>\n</html>\n";
}

}  // namespace noroshi::subscriber
