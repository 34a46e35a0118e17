// Where something on the network is, as settings write it: scheme://host:port/target. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace noroshi::web {

struct Address {
  std::string scheme;
  std::string host;  // a name or a number, IPv6 without its brackets; empty: a path of this machine
  int port = 0;      // 0: not given
  std::string target;

  bool loopback() const;          // this machine and no other
  std::string authority() const;  // as a Host header has it
};

// nullopt: not of that form, or with user and password, a fragment, blanks or control characters in it.
std::optional<Address> parse_address(std::string_view text);

}  // namespace noroshi::web
