// What one sending carries: what waits in the outbox, then what is new; and what becomes of the outbox once it is answered.
//
//   OUTBOX/STAMP.signed                       waits for its answer (outbox.h)
//   OUTBOX/rejected/STAMP.signed              was rejected; moved back into OUTBOX it is sent again
//   OUTBOX/rejected/STAMP.signed.result.json  says why, a line for each report
//
// One owner, one thread. Throws cli::Failure.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "publisher/letter.h"
#include "publisher/outbox.h"
#include "publisher/results.h"

namespace noroshi::publisher {

class Load {
 public:
  Load() = default;  // nothing is kept
  // With what earlier sendings left behind. Refuses what another organisation signed: the broker would reject it for good.
  Load(const std::filesystem::path& outbox, const std::string& organization, Micros now);

  void add(std::vector<Letter> letters);  // on the disk before the first of them leaves
  const std::vector<Letter>& letters() const { return letters_; }
  std::vector<Subject> subjects() const;  // with the file in which each would be, once rejected
  // What was answered leaves the outbox, what was rejected for rejected/; what has no outcome stays.
  void settle(const std::vector<std::optional<Outcome>>& outcomes);

 private:
  // Which part of the letters is which entry of the outbox.
  struct Entry {
    std::string stamp;
    std::size_t begin = 0, end = 0;
    std::string rejected;  // its file in rejected/, should there be any
  };

  void enter(std::string stamp, std::vector<Letter> letters);
  std::string name_once_rejected(std::string stamp);
  void set_aside(const std::string& name, const std::vector<Letter>& letters, const std::string& results);

  std::filesystem::path rejected_;
  Micros now_{};
  std::optional<Outbox> outbox_;
  std::vector<Letter> letters_;
  std::vector<Entry> entries_;
};

}  // namespace noroshi::publisher
