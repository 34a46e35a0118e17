// A client's Submit made ready for the core: decoded, its signature checked, what is stored looked up.
#pragma once

#include "broker/core/broker.h"
#include "broker/store/log.h"
#include "noroshi/v1/session.pb.h"

namespace noroshi::runtime {

// Decodes and checks the signature against the sender's keys: the expensive part. Pure; any thread.
core::Submit check_submission(const core::Peer& peer, const v1::Submit& submit, const std::vector<PublicKey>& keys);

core::SubmitReceipt check_receipt(const core::Peer& peer, const v1::SubmitReceipt& submit,
                                  const std::vector<PublicKey>& keys);

// Fills in what the log knows of this report and the one it relates to. On the core's thread, just before step(): what
// commits between a look-up elsewhere and the step would be missed; here, whatever is not found is still in the core.
// `newest` is the largest report id in the log: ids are time-ordered, so nearly every new report is beyond it and needs
// no look-up.
void look_up(core::Submit& submit, store::Reader& log, const ReportId& newest);

// The same for the reports of a receipt that the core has not at hand.
void look_up(core::SubmitReceipt& submit, store::Reader& log, const ReportId& newest, const core::Broker& broker);

}  // namespace noroshi::runtime
