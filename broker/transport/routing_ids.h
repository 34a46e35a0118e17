// Routing ids that the broker gives. A client could otherwise claim one: another's, which libzmq answers by never reading
// that connection (what it sends then stays in memory for good), or the next automatic one, which aborts the process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace noroshi::transport {

// A number and its hash under a key that only this object has: nobody else can make one, and none has to be remembered.
class RoutingIds {
 public:
  RoutingIds();
  std::string next();
  bool gave(std::string_view routing_id) const;

 private:
  std::string with_tag(std::string number) const;
  std::string key_;
  std::uint64_t last_ = 0;
};

}  // namespace noroshi::transport
