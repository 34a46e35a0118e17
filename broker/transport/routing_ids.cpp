#include "broker/transport/routing_ids.h"

#include "proto/wire/signing.h"

namespace noroshi::transport {

namespace {
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kNumberBytes = 9;  // the first is no zero: those are libzmq's own
constexpr std::size_t kTagBytes = 16;
}  // namespace

RoutingIds::RoutingIds() : key_(wire::random_bytes(kKeyBytes)) {}

std::string RoutingIds::next() {
  std::string number(kNumberBytes, 'n');
  ++last_;
  for (std::size_t i = 1; i < kNumberBytes; ++i) number[i] = static_cast<char>(last_ >> (8 * (i - 1)) & 0xFF);
  return with_tag(std::move(number));
}

bool RoutingIds::gave(std::string_view routing_id) const {
  return routing_id.size() == kNumberBytes + kTagBytes &&
         with_tag(std::string(routing_id.substr(0, kNumberBytes))) == routing_id;
}

std::string RoutingIds::with_tag(std::string number) const {
  const Hash tag = wire::sha256(key_, number);
  number.append(reinterpret_cast<const char*>(tag.data()), kTagBytes);
  return number;
}

}  // namespace noroshi::transport
