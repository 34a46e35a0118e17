#include "proto/cli/report_page.h"
#include "subscriber/newsletter.h"

namespace noroshi::subscriber {

namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

// What would begin a heading, a list, a rule or a block of code at the start of a line.
std::size_t opener(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && digit(line[at])) ++at;
  if (at > 0) return at < line.size() && (line[at] == '.' || line[at] == ')') ? at : std::string_view::npos;
  return !line.empty() && std::string_view("#+-=").find(line[0]) != std::string_view::npos ? 0 : std::string_view::npos;
}

// A line as it reads, with nothing in it that is mark-up or that a viewer turns into a link by itself.
std::string literal(std::string_view line) {
  std::string out;
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) {
    out += "&nbsp;";
    line.remove_prefix(1);
  }
  const std::size_t opens = opener(line);
  for (std::size_t at = 0; at < line.size(); ++at) {
    const bool markup = std::string_view("\\`*_[]<>&~|$#").find(line[at]) != std::string_view::npos;
    const bool address = line[at] == ':' && line.substr(at).starts_with("://");
    const bool host = line[at] == '.' && at >= 3 && (line[at - 1] | 0x20) == 'w' && (line[at - 2] | 0x20) == 'w';
    if (markup || address || host || at == opens) out += '\\';
    out += line[at];
  }
  return out;
}

// A text of several lines: each stays one.
std::string paragraph(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const bool goes_on = !line.empty() && !text.empty() && text.front() != '\n';
    out += literal(line) + (goes_on ? "\\\n" : "\n");
  }
  return out;
}

std::string strong(std::string_view text) { return "**" + literal(text) + "**"; }

std::string page_markdown(const cli::ReportPage& page, const Article& article, const std::string& level) {
  const std::string drill = page.drill.empty() ? "" : strong(page.drill) + "\n\n";
  std::string out = drill + level + " " + literal(page.title) + "\n\n";
  if (!article.notice.empty()) out += strong(article.notice) + "\n\n";
  out += strong("[" + page.lane + "] TLP:" + page.tlp) + "  " + literal(page.topic + "  #" + page.seq) + "\n\n";
  for (const auto& fact : page.facts) out += "- " + strong(fact.label) + ": " + literal(fact.value) + "\n";
  for (const auto& part : page.parts) {
    out += "\n" + level + "# " + literal(part.heading) + "\n\n" + paragraph(part.text);
    for (const auto& [text, url] : part.lines)
      out += "- " + literal(text) + (fit_for_link(url) ? "<" + url + ">" : literal(url)) + "\n";
  }
  return out + (drill.empty() ? "" : "\n" + drill);
}

}  // namespace

std::string as_markdown(const cli::Common& common, const Matrix& matrix, const Newsletter& letter) {
  const bool single = letter.contents.empty();
  std::string out;
  std::size_t number = 0;
  if (!single) out = "# " + literal(letter.heading) + "\n";
  for (const auto& [name, summaries] : letter.contents) {
    out += "\n## " + literal(name) + "\n\n";
    for (const std::string& each : summaries) out += std::to_string(++number) + ". " + literal(each) + "\n";
  }
  for (const Article& each : letter.articles)
    out += (single ? "" : "\n---\n\n") +
           page_markdown(cli::report_page(common, matrix, *each.entry, *each.report, each.signature), each,
                         single ? "#" : "##");
  return out;
}

}  // namespace noroshi::subscriber
