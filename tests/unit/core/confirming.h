// A report that members confirm: r1 of nisc, with hatsuden and bank listening, gas-gaisha away.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/core_world.h"

namespace noroshi::test {

struct Confirming : World {
  Confirming() {
    for (const Member& member : {cast::nisc(), cast::hatsuden(), cast::gas_gaisha(), cast::bank()}) enrol(member);
    step(hello("hatsuden", core::Door::urgent, {"*"}));
    step(hello("bank", core::Door::urgent, {"*"}));
    publish(report_of("r1", cast::nisc()));
  }
  core::SubmitReceipt said(const std::string& who, Stage stage, const std::string& report = "r1",
                           std::optional<Answer> answer = {}, std::string note = {}) {
    Receipt receipt{who, stage, {report_id(report)}, answer, std::move(note), now};
    core::SubmitReceipt submit{peer(who, core::Door::urgent), ++number_, "a receipt", receipt, key_of(who), true, {}};
    submit.stored.push_back(broker().confirming(report_id(report)) ? nullptr : stored(report_id(report)));
    return submit;
  }
  core::Outcome say(const core::SubmitReceipt& receipt) {
    core::Outcome all = step(receipt);
    join(all, settle());
    return all;
  }
  core::BoardReport row_of(const std::string& report = "r1") { return broker().board(report_id(report), now).at(0); }
  core::BoardRow of(const std::string& who, const std::string& report = "r1") {
    for (const core::BoardRow& row : row_of(report).rows)
      if (row.organization == who) return row;
    throw std::out_of_range(who + " is not on the board");
  }
  std::optional<Reason> rejected(const core::Outcome& outcome, const std::string& who) {
    const auto all = sent<core::Rejected>(outcome, peer(who, core::Door::urgent).id);
    return all.empty() ? std::nullopt : std::optional(all.at(0).why.reason);
  }
  std::vector<core::ReceiptAccepted> accepted(const core::Outcome& outcome, const std::string& who) {
    return sent<core::ReceiptAccepted>(outcome, peer(who, core::Door::urgent).id);
  }

 private:
  std::uint64_t number_ = 0;
};

}  // namespace noroshi::test
