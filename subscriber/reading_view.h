// What lies in the inbox, as people and programs read it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/cli/cli.h"
#include "schemas/matrix.h"
#include "subscriber/inbox.h"
#include "subscriber/sink.h"

namespace noroshi::subscriber {

// What others wrote, fit for a terminal and on one line.
std::string one_line(std::string_view text);
// The object of `watch`, and: openedAt, answer, note, withdrawn (the id of what cancelled or corrected it), withdrawal
// (CANCEL or CORRECTION). Of one that is damaged what nobody knows is null. One line, no newline.
std::string reading_json(const Reading& reading);
// {"event":"link_lost"|"link_back","lane":…,"at":…}, or {"event":"overdue",…,"report":…,"stage":…,"status":…}, or
// {"event":"log_forked",…,"fork":{…},"evidence":…}
std::string link_json(const LinkEvent& link);
// 【取消】 or 【訂正あり】; empty for a report that stands.
std::string withdrawal_mark(const cli::Common& common, const Reading& reading);
// The same, and what did it.
std::string withdrawal_note(const cli::Common& common, const Reading& reading);
// 【期限切れ】; empty for a report that has no end, or not come to it.
std::string expiry_mark(const cli::Common& common, const v1::Report& report, Micros now);
// Both, as they stand before a title.
std::string marks(const cli::Common& common, const Reading& reading, Micros now);
// The whole report, the marks in front.
std::string reading_text(const cli::Common& common, const Matrix& matrix, const Reading& reading, Micros now);
// Its title on one line, behind all that must be known with it: withdrawn, expired, a drill, what it follows, not signed.
std::string title_of(const cli::Common& common, const Reading& reading, Micros now);
// One line of the list of `inbox`.
std::vector<std::string> reading_row(const cli::Common& common, const Reading& reading, Micros now);

}  // namespace noroshi::subscriber
