#include "subscriber/newsletter.h"

#include <algorithm>
#include <map>

#include "proto/cli/report_view.h"
#include "proto/wire/decode.h"

namespace noroshi::subscriber {

namespace {

constexpr std::size_t kColumns = 72;

std::string rule(std::string_view stroke) {
  std::string out;
  for (std::size_t i = 0; i < kColumns; ++i) out += stroke;
  return out + "\n";
}

std::string one_line(std::string_view text) {
  std::string out = cli::printable(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return out;
}

cli::Text drill_mark(const v1::Report& report) {
  if (report.status() == v1::Report::EXERCISE) return {"【訓練】", "【EXERCISE】"};
  if (report.status() == v1::Report::TEST) return {"【試験】", "【TEST】"};
  return {"", ""};
}

// Where a report's category stands in the matrix; behind all of them for an item that this matrix does not know.
std::size_t place_of(const Matrix& matrix, const v1::Report& report) {
  const MatrixItem* item = matrix.item(report.item());
  const auto found = std::find_if(matrix.categories.begin(), matrix.categories.end(),
                                  [&](const MatrixCategory& c) { return item && c.id == item->category; });
  return static_cast<std::size_t>(found - matrix.categories.begin());
}

class Newsletter {
 public:
  Newsletter(const cli::Common& common, const Matrix& matrix) : c_(common), matrix_(matrix) {}

  void add(const Delivery& delivery) {
    by_category_[place_of(matrix_, delivery.report)].push_back(&delivery);
    first_ = count_ == 0 ? delivery.entry.recorded_at : std::min(first_, delivery.entry.recorded_at);
    last_ = std::max(last_, delivery.entry.recorded_at);
    ++count_;
  }

  std::string text() const {
    if (count_ == 0) return {};
    std::string out = rule("═") + cli::paint(c_, cli::Colour::bold, heading()) + "\n" + rule("═");
    std::string reports;
    std::size_t number = 0;
    for (const auto& [place, deliveries] : by_category_) {
      out += "\n" + cli::paint(c_, cli::Colour::bold, category(place)) + "\n";
      for (const Delivery* delivery : deliveries) {
        out += "  " + std::to_string(++number) + ". " + contents_line(*delivery) + "\n";
        reports += "\n" + rule("─") + "(" + std::to_string(number) + "/" + std::to_string(count_) + ")\n" +
                   cli::report_text(c_, matrix_, delivery->entry, delivery->report, name_of(delivery->signature));
      }
    }
    return out + reports + rule("═");
  }

 private:
  std::string heading() const {
    const std::string count = std::to_string(count_);
    std::string out =
        c_({"ニュースレター  ", "Newsletter  "}) + count + c_({"件  ", count_ == 1 ? " report  " : " reports  "});
    out += cli::local_time(first_);
    if (last_ != first_) out += c_({" 〜 ", " to "}) + cli::local_time(last_);
    return out;
  }

  std::string category(std::size_t place) const {
    if (place == matrix_.categories.size())
      return c_({"その他 (手元のマトリックスにない項目)", "Other (items this matrix does not have)"});
    return matrix_.categories[place].id + " " + c_(matrix_.categories[place].label);
  }

  std::string contents_line(const Delivery& delivery) const {
    const v1::Report& report = delivery.report;
    const MatrixItem* item = matrix_.item(report.item());
    std::string out = c_(drill_mark(report));
    out += one_line(c_(Localized{report.title().begin(), report.title().end()}));
    out += "  [" + (item ? c_(item->label) : one_line(report.item())) + "]  " + one_line(report.organization());
    if (delivery.signature != client::Check::valid)
      out += "  " + cli::paint(c_, cli::Colour::red, c_({"⚠ 署名を確認できません", "⚠ signature not valid"}));
    return out;
  }

  const cli::Common& c_;
  const Matrix& matrix_;
  std::map<std::size_t, std::vector<const Delivery*>> by_category_;
  std::size_t count_ = 0;
  Micros first_{};
  Micros last_{};
};

}  // namespace

bool belongs_in_newsletter(const Delivery& delivery) {
  return delivery.digest && delivery.report.tlp() != name_of(Tlp::red);
}

std::string newsletter(const cli::Common& common, const Matrix& matrix, const std::vector<Delivery>& digest) {
  Newsletter letter(common, matrix);
  for (const Delivery& delivery : digest)
    if (belongs_in_newsletter(delivery)) letter.add(delivery);
  return letter.text();
}

}  // namespace noroshi::subscriber
