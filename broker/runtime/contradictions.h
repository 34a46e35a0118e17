// The log against the files beside it: a broker that went on under another name, with other keys, or without a sector or an
// item that its log speaks of would be another broker, and would say so to nobody.
// foundation.cpp asks.
#pragma once

#include "broker/core/roster.h"
#include "broker/runtime/foundation.h"
#include "broker/runtime/recovery.h"

namespace noroshi::runtime {

// What the log has to remember: whose it is, and all that its entries may name. The transport key is not in it: clients
// would notice another one, and it may be replaced.
store::Facts facts_of(const Foundation& foundation);

// Whether a publisher's pattern covers any item, from this source.
bool covers_an_item(const Matrix& matrix, const std::string& pattern, const std::string& source);

// Every check throws a ConfigError that says what, where, and what to do.
class Contradictions {
 public:
  Contradictions(const DataDirectory& data, const Foundation& foundation) : data_(data), foundation_(foundation) {}

  void check_facts(const store::Facts& facts) const;                        // made under this name, with these keys
  void check_members(const core::Roster& roster) const;                     // what they were granted exists
  void check_reports(store::Reader& log, const store::Facts& facts) const;  // what they are about exists
  [[noreturn]] void tell(const UnsignedMember& member) const;  // who is not the registrar's: the key was replaced

  // Who uses something, and how it could be done without.
  struct User {
    std::string name;
    std::string remedy;
  };

 private:
  void check_sectors(const std::vector<std::string>& sectors, const User& by) const;
  void check_source(const std::string& source, const User& by) const;

  const DataDirectory& data_;
  const Foundation& foundation_;
};

}  // namespace noroshi::runtime
