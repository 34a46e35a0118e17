// What became of each report, for programs (one JSON object a line, a contract) and for people. Main thread only.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "noroshi/v1/session.pb.h"
#include "proto/cli/cli.h"
#include "proto/types/names.h"
#include "proto/types/reason.h"
#include "proto/types/report.h"
#include "publisher/letter.h"
#include "publisher/prepare.h"

namespace noroshi::publisher {

struct Valid {
  Lane lane{};  // at posture normal
};

struct Unsent {
  std::string id;
  std::string detail;  // why the broker never answered
};

using Outcome = std::variant<Valid, v1::Accepted, Rejection, Unsent>;

// About the report itself, for people.
struct Subject {
  std::string where;
  std::string item;
  Localized title;
  bool one_of_several = false;  // then its place is told even if all is well
  std::string id{};             // once it is signed
  std::string kept{};           // where it lies once it was rejected; empty: it is not kept
};

std::vector<Subject> subjects_of(const std::vector<Prepared>& all);
std::vector<Subject> subjects_of(const std::vector<Letter>& all);

// {"result":"accepted",…}, {"result":"rejected",…}, …: one line, no newline.
std::string outcome_json(const Outcome& outcome, const Subject& subject);
// The file beside one that was sent or rejected, with such a line for each of its reports.
std::string result_name(std::string_view file);
bool is_result(std::string_view file);
// "tlp_missing tlp: what is wrong and what to do", without the place it was found at.
std::string rejection_text(const cli::Common& common, const Rejection& rejection, std::string_view where);
std::string outcome_text(const cli::Common& common, const Outcome& outcome, const Subject& subject);

// Prints outcomes on standard output in the order of the input, each as soon as all before it are known.
class Results {
 public:
  Results(const cli::Common& common, std::vector<Subject> subjects);

  void set(std::size_t index, Outcome outcome);
  const std::vector<std::optional<Outcome>>& outcomes() const { return outcomes_; }
  // The last line for people: how many of what, and how many files could not be read. Precondition: every outcome is
  // set.
  void summary(std::size_t unreadable) const;

 private:
  void print_ready();
  void bar();
  void clear_bar();

  const cli::Common& common_;
  std::vector<Subject> subjects_;
  std::vector<std::optional<Outcome>> outcomes_;
  std::size_t printed_ = 0;
  std::size_t known_ = 0;
  std::size_t bar_at_ = 0;  // what the bar shows; redrawn when it changes visibly
  bool show_bar_ = false;
  bool shared_terminal_ = false;  // with the results
  bool bar_drawn_ = false;
};

}  // namespace noroshi::publisher
