#include "tests/fuzz/display.h"

#include <boost/json.hpp>

#include "proto/cli/report_view.h"
#include "subscriber/newsletter.h"
#include "tests/fuzz/fuzz.h"

namespace noroshi::fuzz {

namespace {

// In every form that a sink may give it: no tag but ours, and nothing that a terminal obeys.
void check_newsletter(const cli::Common& common, const client::Checked& delivery) {
  const auto letter = subscriber::by_itself(common, matrix(), subscriber::article_of(common, delivery, Micros{}));
  const std::string page = subscriber::as_html(common, matrix(), letter);
  promise(fit_for_terminal(page), "a page holds nothing that a terminal obeys");
  promise(page.find("<script") == std::string::npos && page.find("</html>") == page.rfind("</html>"),
          "a page has no markup but its own");
  promise(fit_for_terminal(subscriber::as_markdown(common, matrix(), letter)), "nor has Markdown");
}

}  // namespace

void check_json_line(std::string_view line) {
  boost::json::error_code error;
  boost::json::parse_options deep;
  deep.max_depth = 64;
  const auto value = boost::json::parse(boost::json::string_view(line.data(), line.size()), error, {}, deep);
  promise(!error && value.is_object(), "what programs read is a JSON object");
  promise(line.find('\n') == std::string_view::npos, "one object, one line");
}

void check_display(const client::Checked& delivery) {
  for (const cli::Language language : {cli::Language::ja, cli::Language::en}) {
    cli::Common common;
    common.language = language;
    const std::string text =
        cli::report_text(common, matrix(), delivery.entry, delivery.report, name_of(delivery.signature));
    promise(fit_for_terminal(text), "a report cannot take over the terminal");
    promise(text.ends_with('\n'), "a report ends in a newline");
    client::Checked of_digest = delivery;
    of_digest.digest = true;
    const std::string letter = subscriber::newsletter(common, matrix(), {of_digest}, Micros{});
    promise(fit_for_terminal(letter), "a newsletter cannot take over the terminal");
    check_newsletter(common, delivery);
    promise(letter.empty() == (delivery.report.tlp() == name_of(Tlp::red)), "RED, and only RED, stays out of it");
  }
  check_json_line(cli::delivery_json(delivery.entry, delivery.report, name_of(delivery.signature)));
}

}  // namespace noroshi::fuzz
