// That an auditor has read the log, as people and programs read it. Pure.
#pragma once

#include <boost/json/object.hpp>

#include <string>

#include "noroshi/v1/member.pb.h"
#include "proto/cli/cli.h"

namespace noroshi::auditor {

// organization, purpose, from, to, fromTime and toTime where they were asked for, topics, statuses, kinds.
void add_access(const v1::Access& access, boost::json::object& out);

// One line without a line's end.
std::string access_text(const cli::Common& common, const v1::Access& access);

}  // namespace noroshi::auditor
