#include "broker/core/session.h"

namespace noroshi::core {

void Session::sent(Seq upto, std::size_t bytes) {
  unacknowledged.push_back({upto, bytes});
  unacknowledged_bytes += bytes;
}

void Session::acknowledged(Seq upto) {
  while (!unacknowledged.empty() && unacknowledged.front().upto <= upto) {
    unacknowledged_bytes -= unacknowledged.front().bytes;
    unacknowledged.pop_front();
  }
}

void Session::abandon() {
  abandoned_bytes += unacknowledged_bytes;
  unacknowledged.clear();
  unacknowledged_bytes = 0;
}

}  // namespace noroshi::core
