// The confirmation board (疎通確認) as programs and people read it: the same for the broker's operator and an auditor.
#pragma once

#include <boost/json.hpp>

#include "noroshi/v1/receipt.pb.h"
#include "proto/cli/cli.h"

namespace noroshi::cli {

// How many of some members a report has reached: expected >= delivered >= opened >= responded.
struct Reach {
  std::size_t expected = 0, delivered = 0, opened = 0, responded = 0;
  void count(const v1::BoardMember& member);
};

boost::json::object board_json(const v1::BoardReport& report);
// Its title and reach, a line for each tier and sector, and every member with how far it is and why no further.
void print_board(const Common& common, const v1::BoardReport& report);
// A line for each report.
void print_boards(const Common& common, const v1::Board& board);

}  // namespace noroshi::cli
