// Proofs about the log: who may ask, and who may know.
#include "broker/core/broker.h"
#include "broker/core/entitlement.h"
#include "broker/core/planted.h"

namespace noroshi::core {

namespace {

// A proof tells that there is such an entry: an auditor may know of each, everybody else of the reports it may have.
bool may_know_of(const Member& member, const RecordPtr& entry, Micros now) {
  if (planted(Bug::prove_to_anyone)) return true;
  if (member.audit_clearance) return release_to_auditor(member, entry, now).has_value();
  const Report* report = entry->report();
  const bool own = report && report->organization == member.organization;
  return (own || reads(member)) && release_to(member, entry, now);
}

}  // namespace

void Broker::on(const ProofQuery& query) {
  if (!session_of(query.peer)) return;
  if (query.seq != Seq{} && query.size != 0) return refuse(query.peer, Reason::malformed);
  out_.prove.push_back({query.peer.id, query.number, query.seq, query.size, query.leaf, head()});
}

// What the asker may not know of is answered like what does not exist; what it was given once it knows.
void Broker::on(const ProofDone& done) {
  const auto session = sessions_.find(done.peer);
  if (session == sessions_.end()) return;
  const Member* member = active_member(session->second.peer.key);
  if (!member) return;
  ProofAnswer answer{done.number, done.checkpoint, {}, false};
  if (done.found && (!done.entry || done.named || may_know_of(*member, done.entry, now_))) {
    answer.proof = done.proof;
    answer.known = true;
  }
  out_.send.push_back({done.peer, std::move(answer)});
}

}  // namespace noroshi::core
