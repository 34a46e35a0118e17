#include "proto/wire/access.h"

#include <stdexcept>

namespace noroshi::wire {

namespace {

template <class Value, std::size_t N>
Value named(const NameTable<Value, N>& table, const std::string& name) {
  if (const auto value = value_in(table, name)) return *value;
  throw std::runtime_error("an access with an unknown word: " + name);
}

}  // namespace

Access to_plain(const v1::Access& in) {
  Access out;
  out.organization = in.organization();
  out.purpose = named(kPurposes, in.what());
  out.from = Seq{in.from()};
  out.to = Seq{in.to()};
  out.from_time = Micros{in.from_time_us()};
  out.to_time = Micros{in.to_time_us()};
  out.topics = {in.topics().begin(), in.topics().end()};
  for (const std::string& status : in.statuses()) out.statuses.insert(named(kStatuses, status));
  for (const std::string& kind : in.kinds()) out.kinds.insert(named(kEntryKinds, kind));
  return out;
}

v1::Access to_wire(const Access& in) {
  v1::Access out;
  out.set_organization(in.organization);
  out.set_what(std::string(name_of(in.purpose)));
  out.set_from(in.from.value);
  out.set_to(in.to.value);
  out.set_from_time_us(in.from_time.value);
  out.set_to_time_us(in.to_time.value);
  for (const std::string& topic : in.topics) out.add_topics(topic);
  for (const Status status : in.statuses) out.add_statuses(std::string(name_of(status)));
  for (const EntryKind kind : in.kinds) out.add_kinds(std::string(name_of(kind)));
  return out;
}

}  // namespace noroshi::wire
