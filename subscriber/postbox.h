// The receipts on their way from the inbox to the broker, as a state machine without I/O of its own: each stays owed in the
// inbox until the broker has taken it, or has refused it for good. Saying one twice does no harm. One owner, one thread.
//
//   owed --ready()--> under way --ReceiptAccepted--> settled
//   under way --reconnected(), silence, "not now"--> owed
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/wire/credential.h"
#include "subscriber/inbox.h"

namespace noroshi::subscriber {

class Postbox {
 public:
  Postbox(Inbox& inbox, const wire::Credential& credential) : inbox_(inbox), credential_(credential) {}

  void fill() { look_ = true; }  // the inbox may owe more than before
  // The frames to send now; for a session that lives.
  std::vector<Bytes> ready(const Subscription& session, Micros now);
  void on(const v1::BrokerMessage& answer, Micros now);
  void reconnected();
  void saw(const TreeHead& head) { seen_ = head; }  // of the broker's log: receipts say so from now on

 private:
  std::vector<Owed> next_letter();
  Bytes frame(const Subscription& session) const;  // of the letter under way
  void on_rejected(const v1::Rejected& rejected, Micros now);
  void refused(const std::vector<Owed>& receipts, const std::string& why);

  Inbox& inbox_;
  const wire::Credential& credential_;
  bool look_ = true;
  Micros not_before_{};
  std::uint64_t number_ = 0;
  // One at a time: a later answer must not overtake an earlier one, and meanwhile more gather for the next.
  std::vector<Owed> letter_;  // empty: nothing is under way
  Micros sent_at_{};
  std::optional<TreeHead> seen_;
};

}  // namespace noroshi::subscriber
