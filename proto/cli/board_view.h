// The confirmation board (疎通確認) as programs and people read it: the same for the broker's operator and an auditor.
#pragma once

#include <boost/json.hpp>

#include "noroshi/v1/receipt.pb.h"
#include "proto/cli/cli.h"

namespace noroshi::cli {

// How many of some members a report has reached: expected >= delivered >= opened >= responded. Who was revoked since is no
// longer among them, so that what can still be reached can be reached in full; nor is of a drill who did not ask for drills.
struct Reach {
  std::size_t expected = 0, delivered = 0, opened = 0, responded = 0;
  void count(const v1::BoardMember& member);
};

Text word_for(v1::Receipt::Stage stage);    // unspecified: unreached
Text word_for(v1::Receipt::Answer answer);  // unspecified: nothing

boost::json::object board_json(const v1::BoardReport& report);
// What a command that was asked for `report` (empty: for the newest) prints: json, a line for each report; text, a report's
// reach by tier and sector and every member with how far it is and why no further, or a table of all. Throws Failure if
// the report that was asked for is not there.
void show_board(const Common& common, const std::string& report, const v1::Board& board);

}  // namespace noroshi::cli
