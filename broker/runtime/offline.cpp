#include "broker/runtime/offline.h"

#include "broker/runtime/board.h"
#include "broker/runtime/directory_lock.h"
#include "broker/runtime/foundation.h"
#include "broker/runtime/mirror.h"
#include "broker/runtime/next_key.h"
#include "broker/runtime/records.h"
#include "broker/store/sqlite_log.h"
#include "proto/wire/signing.h"

namespace noroshi::runtime {
namespace {

constexpr std::uint64_t kTicket = 1;  // one request at a time

v1::AdminReply refusal(std::string error) {
  v1::AdminReply out;
  out.set_error(std::move(error));
  return out;
}

// The answer to the one ticket, if the core has it.
const core::AdminDone* answer_in(const core::Outcome& outcome) {
  for (const core::AdminDone& done : outcome.admin)
    if (done.ticket == kTicket) return &done;
  return nullptr;
}

v1::AdminReply reply_of(const core::AdminDone& done) {
  v1::AdminReply out;
  out.set_error(done.error);
  out.set_seq(done.seq.value);
  return out;
}

}  // namespace

struct Offline::Impl {
  Impl(DirectoryLock held, const DataDirectory& data_)
      : lock(std::move(held)),
        data(data_),
        foundation(load_foundation(data)),
        log(data.log(), store::IfMissing::refuse),
        broker(foundation.settings) {
    join_mirror(log, data, foundation);
    restore(broker, data, foundation);
    remember(log, data, foundation);
  }

  // A change from the request to the log. Only what was asked for is written: a digest that is due waits for a broker
  // that can deliver it.
  v1::AdminReply carry_out(const core::Command& command, Micros now) {
    core::Outcome outcome = broker.step(command, now);
    if (const auto* done = answer_in(outcome)) return reply_of(*done);
    outcome = broker.step(core::Cut{}, now);
    core::Committed committed;
    std::vector<store::NewEntry> batch;
    for (core::Append& append : outcome.append) {
      const auto record = make_record(std::move(append), wire::random_salt());
      batch.push_back({record->entry, {}});
      committed.records.push_back(record);
    }
    log.append(batch);
    outcome = broker.step(committed, now);
    if (const auto* done = answer_in(outcome)) return reply_of(*done);
    throw std::logic_error("the core gave no answer to an administrative change");
  }

  v1::AdminReply status() const {
    v1::AdminReply out;
    v1::StatusReply& status = *out.mutable_status();
    status.set_origin(foundation.config.origin);
    status.set_head(broker.head().value);
    status.set_posture(std::string(name_of(broker.posture())));
    status.set_matrix_version(foundation.settings.matrix.version);
    if (const auto& proposal = broker.proposed_posture()) {
      status.set_proposed_posture(std::string(name_of(proposal->posture)));
      status.set_proposed_by(proposal->report.value);
    }
    return out;  // no sessions, no backlog, not started
  }

  DirectoryLock lock;  // first in, last out
  DataDirectory data;
  Foundation foundation;
  store::SqliteLog log;
  core::Broker broker;
};

std::unique_ptr<Offline> Offline::open(const DataDirectory& data) {
  auto lock = DirectoryLock::try_lock(data.lock());
  if (!lock) return nullptr;
  // The log has a lock of its own, which a broker holds from before it listens until after it has stopped. Asked first,
  // because opening a log that is in use is an error, and this is only a reason to wait.
  if (!DirectoryLock::try_lock(data.log_lock())) return nullptr;
  return std::unique_ptr<Offline>(new Offline(std::make_unique<Impl>(std::move(*lock), data)));
}

Offline::Offline(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Offline::~Offline() = default;

v1::AdminReply Offline::handle(const v1::AdminRequest& request, Micros now) {
  switch (request.kind_case()) {
    case v1::AdminRequest::kMember: {
      const auto member = wire::open_member(impl_->foundation.registrar, request.member());
      if (!member) return refusal("the member is not signed by this broker's registrar key");
      return impl_->carry_out(core::ChangeMember{kTicket, request.member().SerializeAsString(), *member}, now);
    }
    case v1::AdminRequest::kPosture: {
      const auto posture = value_in(kPostures, request.posture().posture());
      if (!posture) return refusal("no such posture: " + request.posture().posture());
      return impl_->carry_out(core::ChangePosture{kTicket, {*posture, request.posture().reason(), {}}}, now);
    }
    case v1::AdminRequest::kStatus: return impl_->status();
    case v1::AdminRequest::kRoster: {
      v1::AdminReply out;
      for (const Bytes& member : impl_->broker.roster().bodies()) out.add_members()->ParseFromString(member);
      return out;
    }
    case v1::AdminRequest::kBoard: {
      v1::AdminReply out;
      *out.mutable_board() = answer_board(impl_->broker, request.board(), now);
      return out;
    }
    case v1::AdminRequest::kBrokerKey: carry_out_key_change(impl_->data, impl_->foundation.config); return {};
    case v1::AdminRequest::KIND_NOT_SET: break;
  }
  return refusal("an empty request");
}

}  // namespace noroshi::runtime
