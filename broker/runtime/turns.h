// Work of several owners, taken in turn: whoever brings much waits behind its own, not others behind it. One owner's work
// keeps its order. Not synchronised.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <utility>

namespace noroshi::runtime {

template <class Owner, class Work>
class Turns {
 public:
  void push(const Owner& owner, Work work) {
    std::deque<Work>& own = waiting_[owner];
    if (own.empty()) order_.push_back(owner);
    own.push_back(std::move(work));
  }
  // Of the next owner who may go on: `may(owner, how much of it waits)`.
  template <class May>
  std::optional<Work> pop(const May& may) {
    const auto next = std::find_if(order_.begin(), order_.end(),
                                   [&](const Owner& owner) { return may(owner, waiting_.at(owner).size()); });
    if (next == order_.end()) return std::nullopt;
    const auto own = waiting_.find(*next);
    order_.erase(next);
    std::optional<Work> work = std::move(own->second.front());
    own->second.pop_front();
    if (own->second.empty())
      waiting_.erase(own);
    else
      order_.push_back(own->first);
    return work;
  }

 private:
  std::map<Owner, std::deque<Work>> waiting_;  // none of them empty
  std::deque<Owner> order_;                    // each owner that waits, once
};

}  // namespace noroshi::runtime
