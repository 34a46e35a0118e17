#include "publisher/results.h"

#include <boost/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <utility>

#include "proto/types/reason_words.h"
#include "proto/wire/decode.h"

namespace noroshi::publisher {
namespace {

namespace json = boost::json;

constexpr std::string_view kResult = ".result.json";
constexpr std::size_t kBarFrom = 50;  // reports; fewer are done before anyone looks
constexpr std::size_t kBarColumns = 40;

template <class... F>
struct Cases : F... {
  using F::operator()...;
};
template <class... F>
Cases(F...) -> Cases<F...>;

std::string_view lane_name(v1::Lane lane) {
  const auto known = wire::from_wire(lane);
  return known ? name_of(*known) : "";
}

std::string one_line(std::string_view text) {
  std::string out = cli::printable(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

}  // namespace

std::vector<Subject> subjects_of(const std::vector<Prepared>& all) {
  std::vector<Subject> out;
  for (const Prepared& prepared : all) {
    Subject& subject = out.emplace_back(Subject{prepared.where, "", {}, all.size() > 1});
    if (const auto* checked = std::get_if<Checked>(&prepared.outcome)) {
      subject.item = checked->report.item;
      subject.title = checked->report.title;
    }
  }
  return out;
}

std::vector<Subject> subjects_of(const std::vector<Letter>& all) {
  std::vector<Subject> out;
  for (const Letter& letter : all) {
    Subject& subject = out.emplace_back(Subject{letter.where, "", {}, all.size() > 1});
    if (const auto* parcel = std::get_if<Parcel>(&letter.content)) {
      subject.item = parcel->item;
      subject.title = parcel->title;
      subject.id = parcel->id.value;
    }
  }
  return out;
}

std::string outcome_json(const Outcome& outcome, const Subject& subject) {
  const json::object object = std::visit(
      Cases{[&](const Valid& valid) {
              return json::object{{"result", "valid"}, {"item", subject.item}, {"lane", name_of(valid.lane)}};
            },
            [](const v1::Accepted& accepted) {
              return json::object{{"result", "accepted"},
                                  {"id", accepted.report_id()},
                                  {"seq", accepted.seq()},
                                  {"leafIndex", accepted.leaf_index()},
                                  {"lane", lane_name(accepted.lane())},
                                  {"topic", accepted.topic()},
                                  {"recordedAt", cli::rfc3339(Micros{accepted.recorded_at_us()})},
                                  {"duplicate", accepted.duplicate()}};
            },
            [&](const Rejection& no) {
              json::object out{
                  {"result", "rejected"}, {"reason", name_of(no.reason)}, {"field", no.field}, {"detail", no.detail}};
              if (!subject.id.empty()) out["id"] = subject.id;
              if (!subject.kept.empty()) out["file"] = subject.kept;
              return out;
            },
            [](const Unsent& unsent) {
              return json::object{{"result", "unsent"}, {"id", unsent.id}, {"detail", unsent.detail}};
            }},
      outcome);
  return json::serialize(object);
}

std::string result_name(std::string_view file) { return std::string(file) + std::string(kResult); }

bool is_result(std::string_view file) { return file.ends_with(kResult); }

std::string rejection_text(const cli::Common& c, const Rejection& no, std::string_view where) {
  std::string detail = one_line(no.detail);
  // The detail names the place if the fault was found here; the broker does not know it.
  if (const std::string place = one_line(where) + ": "; detail.starts_with(place)) detail.erase(0, place.size());
  const std::string head = std::string(name_of(no.reason)) + (no.field.empty() ? "" : " " + one_line(no.field)) + ": ";
  if (!c.ja()) return head + detail;
  const ReasonWords& words = words_of(no.reason);
  const bool adds = !words.says_all && !detail.empty();
  return head + std::string(words.meaning) + "。" + std::string(words.remedy) + (adds ? " (" + detail + ")" : "");
}

std::string outcome_text(const cli::Common& c, const Outcome& outcome, const Subject& subject) {
  using cli::Colour;
  const auto head = [&](Colour colour, cli::Text word) { return cli::paint(c, colour, cli::pad(c(word), 10)) + " "; };
  const std::string title = one_line(c(subject.title));
  const std::string place = one_line(subject.where) + ": ";
  const std::string place_of_many = subject.one_of_several ? place : "";
  return std::visit(
      Cases{[&](const Valid& valid) {
              return head(Colour::green, {"問題なし", "valid"}) + place_of_many + subject.item + "  " +
                     c(valid.lane == Lane::urgent ? cli::Text{"緊急", "urgent"} : cli::Text{"定期", "batched"}) + "  " +
                     title;
            },
            [&](const v1::Accepted& accepted) {
              const bool again = accepted.duplicate();
              const bool urgent = accepted.lane() == v1::URGENT;
              return head(again ? Colour::cyan : Colour::green,
                          again ? cli::Text{"受理済み", "duplicate"} : cli::Text{"受理", "accepted"}) +
                     place_of_many + "#" + std::to_string(accepted.seq()) + "  " +
                     c(urgent ? cli::Text{"緊急", "urgent"} : cli::Text{"定期", "batched"}) + "  " +
                     one_line(accepted.topic()) + "  " + title;
            },
            [&](const Rejection& no) {
              const std::string kept =
                  subject.kept.empty() ? "" : c({"。保管先: ", "; kept in "}) + one_line(subject.kept);
              return head(Colour::red, {"拒否", "rejected"}) + place + rejection_text(c, no, subject.where) + kept;
            },
            [&](const Unsent& unsent) {
              return head(Colour::yellow, {"未送信", "unsent"}) + place + title + ": " + one_line(unsent.detail);
            }},
      outcome);
}

Results::Results(const cli::Common& common, std::vector<Subject> subjects)
    : common_(common), subjects_(std::move(subjects)), outcomes_(subjects_.size()) {
  show_bar_ = subjects_.size() > kBarFrom && ::isatty(STDERR_FILENO) != 0;
  shared_terminal_ = ::isatty(STDOUT_FILENO) != 0;
}

void Results::set(std::size_t index, Outcome outcome) {
  outcomes_[index] = std::move(outcome);
  ++known_;
  print_ready();
  if (show_bar_) bar();
}

void Results::print_ready() {
  if (printed_ == outcomes_.size() || !outcomes_[printed_]) return;
  if (shared_terminal_) clear_bar();
  for (; printed_ < outcomes_.size() && outcomes_[printed_]; ++printed_)
    std::cout << (common_.json ? outcome_json(*outcomes_[printed_], subjects_[printed_])
                               : outcome_text(common_, *outcomes_[printed_], subjects_[printed_]))
              << "\n";
  std::cout.flush();  // what is acknowledged is told, even if this program is killed the next moment
}

void Results::bar() {
  const std::size_t filled = known_ * kBarColumns / outcomes_.size();
  if (known_ == outcomes_.size()) return clear_bar();
  if (bar_drawn_ && filled == bar_at_) return;
  std::cout.flush();
  bar_at_ = filled;
  bar_drawn_ = true;
  std::cerr << "\r[" << std::string(filled, '#') << std::string(kBarColumns - filled, '.') << "] " << known_ << "/"
            << outcomes_.size() << std::flush;
}

// Before a line is printed, or both would stand on one.
void Results::clear_bar() {
  if (std::exchange(bar_drawn_, false)) std::cerr << "\r\x1b[K" << std::flush;
}

void Results::summary(std::size_t unreadable) const {
  if (common_.json) return;
  std::array<std::size_t, 5> count{};  // the outcomes in their order, then duplicates
  for (const auto& outcome : outcomes_) {
    const auto* accepted = std::get_if<v1::Accepted>(&*outcome);
    ++count[accepted && accepted->duplicate() ? 4 : outcome->index()];
  }
  const std::pair<std::size_t, cli::Text> parts[] = {{0, {"問題なし", "valid"}},
                                                     {1, {"受理", "accepted"}},
                                                     {4, {"受理済み", "duplicate"}},
                                                     {2, {"拒否", "rejected"}},
                                                     {3, {"未送信", "unsent"}}};
  std::string line = common_({"計 ", "total "}) + std::to_string(outcomes_.size() + unreadable) + common_({" 件", ""});
  bool first = true;
  const auto add = [&](cli::Text word, std::size_t number) {
    if (number == 0) return;
    line += (std::exchange(first, false) ? ": " : common_({"、", ", "})) + common_(word) + " " + std::to_string(number);
  };
  for (const auto& [which, word] : parts) add(word, count[which]);
  add({"読めないファイル", "unreadable files"}, unreadable);
  std::cout << line << std::endl;
}

}  // namespace noroshi::publisher
