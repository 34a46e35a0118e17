// The confirmation board: of a report, who was to receive it, how far it has come with each, and why no further. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "broker/core/confirmations.h"
#include "broker/core/interest.h"
#include "broker/core/roster.h"
#include "schemas/matrix.h"

namespace noroshi::core {

// Why a report has come no further with a member.
enum class Held {
  no,
  never_connected,
  link_lost,
  access_ended,
  not_asked_for,
  not_delivered,
  sink_failing,
  not_opened,
  not_answered
};
inline constexpr NameTable<Held, 9> kHeld{{{Held::no, ""},
                                           {Held::never_connected, "never_connected"},
                                           {Held::link_lost, "link_lost"},
                                           {Held::access_ended, "access_ended"},
                                           {Held::not_asked_for, "not_asked_for"},
                                           {Held::not_delivered, "not_delivered"},
                                           {Held::sink_failing, "sink_failing"},
                                           {Held::not_opened, "not_opened"},
                                           {Held::not_answered, "not_answered"}}};
constexpr std::string_view name_of(Held v) { return name_in(kHeld, v); }

struct BoardRow {
  std::string organization;
  Localized name;
  Tier tier{};
  std::vector<std::string> sectors;
  std::optional<Confirmation> confirmed;  // nullopt: nothing has been heard
  Held held{};
  bool overdue = false;
  bool revoked = false;    // it stays, so that people see who had the report; it is not waited for, and not counted
  bool waited_for = true;  // neither is the report's author, nor of a drill who did not ask for drills
};

struct BoardReport {
  Seq seq{};
  Micros recorded_at{};
  Report report;                        // without its sections and attachments
  std::optional<Withdrawal> withdrawn;  // nobody waits for what was cancelled or has expired
  bool expired = false;
  std::vector<BoardRow> rows;
};

// Organisations with a subscriber's session: now; ever, as far as is known: since the broker started, or because the log that it
// has looked at holds a receipt of theirs; and with one now whose program says that it
// cannot pass on what it received: nobody sees what lies in its inbox.
struct Presence {
  std::set<std::string> now;
  std::set<std::string> ever;
  std::set<std::string> sinks_fail{};
  // What they asked for: in the sessions that stand, or else in the last one that stood since the broker started. Who is not
  // here is taken to want everything. Valid until the broker's next step.
  std::map<std::string, std::vector<const Interest*>> asked{};
};

// What a board is made of beside the confirmation itself.
struct BoardScene {
  const Roster& roster;
  Presence presence;
  const Matrix& matrix;
  Posture posture{};
  Micros now{};
};

// Expected are the members that were enrolled when the report was recorded and are entitled to it by their present record, whose
// dates do not matter (renewed, it is given the report), but for its author. Who was revoked since stays on the board, marked. So
// does whoever has said something.
BoardReport board_of(const Confirmations::Open& open, const BoardScene& scene);
// Of a report's category, at the posture that holds. nullptr: the matrix has it no more.
const ReceiptDeadlines* deadlines_of(const Report& report, const BoardScene& scene);
// With the row of one organisation only.
BoardReport board_for(const std::string& organization, const Confirmations::Open& open, const BoardScene& scene);

}  // namespace noroshi::core
