// The reactor: all ZeroMQ sockets, the core and the driver on one thread, one Asio io_context. The urgent socket is
// drained first and every turn is bounded; signatures, commits and reads happen on workers.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "broker/http/snapshot.h"
#include "broker/runtime/admin_server.h"
#include "broker/runtime/calls.h"
#include "broker/runtime/cosignatures.h"
#include "broker/runtime/data_directory.h"
#include "broker/runtime/driver.h"
#include "broker/runtime/inbox.h"
#include "broker/runtime/next_key.h"
#include "broker/runtime/notary.h"
#include "broker/runtime/scrub.h"
#include "broker/runtime/shell.h"
#include "broker/runtime/silence_call.h"
#include "broker/runtime/verification.h"
#include "broker/runtime/worker.h"
#include "broker/transport/lane_socket.h"
#include "broker/transport/open_feed.h"
#include "broker/transport/sealed_peers.h"
#include "broker/transport/socket_watch.h"
#include "broker/transport/zap_handler.h"
#include "proto/types/allowance.h"

namespace noroshi::runtime {

class Reactor final : public Shell {
 public:
  struct Parts {
    boost::asio::io_context& io;
    const DataDirectory& data;
    const Config& config;
    const Keys& keys;
    PublicKey registrar{};
    core::Broker& broker;  // recovered
    store::Log& log;
    std::string matrix_version;
    http::SnapshotBox& snapshots;
    const Cosignatures& cosignatures;
    const Scrub& scrub;
  };
  // Binds every socket and refuses strangers before anything is served. Throws.
  explicit Reactor(Parts parts);
  ~Reactor() override;

  // Finishes what is in flight, then stops the io_context.
  void stop();
  // What stopped the broker, if anything failed. Then nothing more has been acknowledged.
  const std::string& failure() const { return failure_; }

  // Shell
  Micros now() override;
  store::Reader& log() override { return *lookups_; }
  void append(std::vector<core::Append> batch) override;
  void read(core::ReadRequest request) override;
  void prove(core::ProofRequest request) override;
  void send(PeerId peer, const core::Message& message) override;
  void publish(const core::FeedItem& item) override;
  void close(PeerId peer) override;
  void call(const core::Call& call) override { calls_.make(call); }
  void admin_done(const core::AdminDone& done) override;
  void note(const core::Event& event) override;

 private:
  void wake();  // one turn soon, however often it is asked for
  void turn();
  void handle(core::Command command);  // that was left in the inbox
  bool drain(transport::LaneSocket& lane);
  void take_frame(transport::LaneSocket::Received received);
  void take_submit(const core::Peer& peer, v1::Submit submit);
  void take_receipt(const core::Peer& peer, v1::SubmitReceipt submit);
  bool overloaded(Lane lane) const;
  void wake_at_pace();
  bool may_take_another();  // from a socket other than the urgent one, by the pace that leaves urgent reports room
  void tick();
  void schedule_tick();
  void send(PeerId peer, const std::optional<Bytes>& frame);
  void follow_checkpoint();  // what Welcomes and heartbeats carry
  void tell_broker_key();    // to all, once what the keys folder says of it has changed
  void handle_admin(const v1::AdminRequest& request, AdminServer::Reply reply);
  v1::StatusReply status() const;
  void take_snapshot();
  void finish_when_idle();
  void fail(const std::string& what);  // any thread

  Parts parts_;
  TransportKeyState transport_key_;
  Driver driver_;
  zmq::context_t context_;
  transport::RoutingIds routing_ids_;
  transport::ZapHandler zap_;
  std::array<std::unique_ptr<transport::LaneSocket>, 3> lanes_;  // urgent, batched, archive: in order of precedence
  std::map<Lane, std::unique_ptr<transport::OpenFeed>> feeds_;
  transport::SealedPeers seals_;
  std::unordered_map<PeerId, transport::LaneSocket*> peers_;
  std::vector<std::unique_ptr<transport::SocketWatch>> watches_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer pace_;
  boost::asio::steady_timer zap_due_;
  Allowance others_{limits::kOthersPerSecond, limits::kOthersBurst};  // frames of all sockets but the urgent one
  std::map<std::uint64_t, AdminServer::Reply> tickets_;
  std::uint64_t last_ticket_ = 0;
  AdminServer admin_;

  Inbox inbox_;
  bool turn_scheduled_ = false;
  bool sent_ = false;  // this turn sent something: look at the sockets once more
  bool stopping_ = false;
  int checked_here_ = 0;  // signatures, in this turn
  std::size_t reading_ = 0;
  Micros started_at_{};
  std::string failure_;

  std::unique_ptr<store::Reader> lookups_;         // reactor thread
  std::unique_ptr<store::Reader> urgent_entries_;  // urgent_reader_ thread
  std::unique_ptr<store::Reader> other_entries_;   // other_reader_ thread
  Notary notary_;                                  // other_reader_ thread
  Seq signed_head_{};                              // that a checkpoint was last asked for
  bool signing_ = false;
  std::string checkpoint_;  // the newest that was signed
  Calls calls_;
  SilenceCall silence_;
  Verification verification_;  // from here on: joined first
  Worker writer_, urgent_reader_, other_reader_;
};

}  // namespace noroshi::runtime
