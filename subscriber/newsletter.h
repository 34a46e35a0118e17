// Reports for people to read elsewhere than on a terminal: a digest of the batched lane as one newsletter (ニュースレター), or a
// report by itself, as text, HTML or Markdown. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/cli/cli.h"
#include "schemas/matrix.h"
#include "subscriber/inbox.h"
#include "subscriber/subscription.h"

namespace noroshi::subscriber {

// A report in a newsletter. It and its entry live elsewhere.
struct Article {
  const Entry* entry = nullptr;
  const v1::Report* report = nullptr;
  std::string_view signature;  // "valid", "invalid" or "unknown-key"
  std::string notice;          // 【取消】 or 【訂正あり】 and what did it; 【期限切れ】
  std::string marks;           // the same in short, before the title in a list
};
Article article_of(const cli::Common& common, const Delivery& delivery, Micros now);
Article article_of(const cli::Common& common, const Reading& reading, Micros now);

// One line: its marks, 【訓練】 or 【試験】 for a drill, title, item, author, and whether its signature does not hold.
std::string summary(const cli::Common& common, const Matrix& matrix, const Article& article);

struct Newsletter {
  struct Chapter {
    std::string name;
    std::vector<std::string> summaries;  // numbered on from the chapter before
  };
  std::string heading;            // begins with 【訓練】 or 【試験】 if it holds nothing else
  std::vector<Chapter> contents;  // none: the article stands by itself
  std::vector<Article> articles;  // in the order of the contents
};
// Heading with count and times, contents by category in the matrix' order, then the reports in that order, complete.
Newsletter newsletter_of(const cli::Common& common, const Matrix& matrix, const std::vector<Article>& digest);
Newsletter by_itself(const cli::Common& common, const Matrix& matrix, const Article& article);

std::string as_text(const cli::Common& common, const Matrix& matrix, const Newsletter& letter);
// A whole page that needs nothing else and runs nothing: for a browser, a telephone, a printer.
std::string as_html(const cli::Common& common, const Matrix& matrix, const Newsletter& letter);
// CommonMark. What others wrote shows as they wrote it: none of it is mark-up.
std::string as_markdown(const cli::Common& common, const Matrix& matrix, const Newsletter& letter);

// Of a digest as it was delivered, as text. RED is left out: it is never part of a newsletter.
std::string newsletter(const cli::Common& common, const Matrix& matrix, const std::vector<Delivery>& digest,
                       Micros now);

// Whether a delivery may stand in a newsletter. What may not is shown by itself, even if a broker put it in a digest.
bool belongs_in_newsletter(const Delivery& delivery);
bool belongs_in_newsletter(const Reading& reading);

// Whether `url` may become a link: http or https, and nothing in it that ends a link or hides where it goes.
bool fit_for_link(std::string_view url);

}  // namespace noroshi::subscriber
