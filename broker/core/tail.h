// The newest committed entries, in memory: live delivery reads from here, everyone further back reads the store.
#pragma once

#include <deque>
#include <vector>

#include "proto/types/entry.h"

namespace noroshi::core {

class Tail {
 public:
  void restart_after(Seq head) { records_.clear(), bytes_ = 0, head_ = head; }
  void push(RecordPtr record);  // precondition: the next sequence

  Seq head() const { return head_; }  // last committed
  bool covers(Seq seq) const { return seq > previous_of_first() && seq <= head_; }
  // The entries from..to; precondition: covers(from), to <= head().
  std::vector<RecordPtr> slice(Seq from, Seq to) const;

 private:
  Seq previous_of_first() const { return Seq{head_.value - records_.size()}; }
  std::deque<RecordPtr> records_;
  std::size_t bytes_ = 0;
  Seq head_{};
};

}  // namespace noroshi::core
