// Members as people and programs read them, and the roster as the broker has it.
#pragma once

#include <boost/json.hpp>

#include <string>
#include <vector>

#include "broker/commands/access.h"
#include "proto/types/member.h"

namespace noroshi::broker {

// In order of organisation. Throws Failure{kUnverified} on a member that the registrar did not sign.
std::vector<Member> read_roster(const Access& access);
const Member* find_member(const std::vector<Member>& roster, const std::string& organization);

boost::json::object member_json(const Member& member);
void print_line(const boost::json::object& object);  // one object, one line, on stdout

std::string joined(const std::vector<std::string>& parts, std::string_view separator);

}  // namespace noroshi::broker
