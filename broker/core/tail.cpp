#include "broker/core/tail.h"

#include "proto/types/limits.h"

namespace noroshi::core {

void Tail::push(RecordPtr record) {
  head_ = record->entry.seq;
  bytes_ += record->entry.body.size();
  records_.push_back(std::move(record));
  while (records_.size() > limits::kTailEntries || (bytes_ > limits::kTailBytes && records_.size() > 1)) {
    bytes_ -= records_.front()->entry.body.size();
    records_.pop_front();
  }
}

std::vector<RecordPtr> Tail::slice(Seq from, Seq to) const {
  const auto begin = records_.begin() + static_cast<std::ptrdiff_t>(from.value - previous_of_first().value - 1);
  return {begin, begin + static_cast<std::ptrdiff_t>(to.value - from.value + 1)};
}

}  // namespace noroshi::core
