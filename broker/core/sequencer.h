// From admitted to durable: the queues in front of the log and the one batch that is on its way into it. A sequence is
// given only when a batch is cut, so urgent reports overtake batched ones that came earlier. Owned by the core.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "broker/core/outcome.h"

namespace noroshi::core {

struct Waiter {
  PeerId peer{};  // 0: nobody
  std::uint64_t number = 0;
  bool duplicate = false;
};

struct Pending {
  Append entry;
  std::vector<Waiter> waiters;     // who gets Accepted once it is durable
  std::uint64_t admin_ticket = 0;  // 0: none
  std::size_t body_size = 0;
  const Report* report() const { return std::get_if<Report>(&entry.content); }
  const Receipt* receipt() const { return std::get_if<Receipt>(&entry.content); }
  const Access* access() const { return std::get_if<Access>(&entry.content); }
  const Overdue* overdue() const { return std::get_if<Overdue>(&entry.content); }
  // Whose it is; empty: the registrar's or the broker's.
  std::string author() const;
};
using PendingPtr = std::shared_ptr<Pending>;

class Sequencer {
 public:
  void restart_after(Seq head, Micros recorded_at);

  // A report queues in its lane, a receipt, an auditor's access and a note on a deadline with the batched lane, everything else before both. A
  // report that relates to one not yet committed is held until that one is: no entry ever points at a later one, or at one
  // that never came.
  PendingPtr admit(Append entry);
  PendingPtr find(const ReportId& id) const;  // admitted or in flight, not yet committed
  // Whether a member change that is not yet committed gives one of these keys to another organisation.
  bool key_is_spoken_for(const Member& member) const;
  // Takes out what an organisation has waiting, and what is held for that; what is in flight goes on.
  std::vector<PendingPtr> drop_entries_of(const std::string& organization);
  // The next batch in order of sequence, its bodies moved out; empty while one is in flight or nothing waits. What is not
  // a report is committed by itself first: reports are judged by it.
  std::vector<Append> cut(Micros now);
  // The batch in flight is durable.
  std::vector<PendingPtr> committed();

  bool idle() const { return in_flight_.empty() && control_.empty() && urgent_.empty() && batched_.empty(); }
  std::size_t backlog(Lane lane) const;  // entries not yet durable
  std::size_t backlog_bytes(Lane lane) const;

 private:
  struct Load {
    std::size_t entries = 0;
    std::size_t bytes = 0;
  };
  void take(std::deque<PendingPtr>& queue, std::size_t max_entries, std::size_t max_bytes);
  void enqueue(PendingPtr pending);
  void forget(const Pending& pending);
  std::vector<PendingPtr> take_held_for(const ReportId& id);

  std::deque<PendingPtr> control_, urgent_, batched_;
  std::map<ReportId, std::vector<PendingPtr>> held_;  // by the report they wait for
  std::vector<PendingPtr> in_flight_;
  std::size_t in_flight_bytes_ = 0;
  std::map<ReportId, PendingPtr> by_id_;
  std::map<Lane, Load> load_;
  Seq last_{};
  Micros last_time_{};
};

}  // namespace noroshi::core
