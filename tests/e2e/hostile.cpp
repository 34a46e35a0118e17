// A client that breaks the protocol's rules one at a time, and tells how the broker took it.
//
//   e2e-hostile CREDENTIAL
//
// One JSON line a row: {"row":…,"outcome":…,"then":…}. `then` is the fate of a good report sent afterwards, in the same
// session where there still is one.
#include <google/protobuf/stubs/logging.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "proto/channel/client_channel.h"
#include "proto/types/limits.h"
#include "proto/wire/client_session.h"
#include "proto/wire/credential.h"
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"

namespace {

using namespace noroshi;
using channel::Door;
using State = wire::ClientSession::State;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};
const std::string kUnknownField("\xF8\x07\x01", 3);  // field 127, a varint: no message of ours has it

Micros now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return Micros{std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count()};
}

// One connection; a session on it if greet() was called.
class Peer {
 public:
  Peer(const wire::Credential& credential, Door door) : channel_(credential, door), session_({}, wire::random_bytes) {}

  Peer& greet() {
    carry_out(session_.connect(now()));
    for (const auto end = Steady::now() + kPatience; session_.state() != State::live;) {
      if (const auto frame = receive(end)) carry_out(session_.on_frame(*frame, now()));
      carry_out(session_.on_tick(now()));
    }
    return *this;
  }

  void say(const Bytes& frame) {
    for (const auto end = Steady::now() + kPatience; !channel_.send(frame);) {
      if (Steady::now() > end) throw std::runtime_error("the broker takes nothing");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  // The next thing that the broker says, but for heartbeats and welcomes.
  std::string hear() {
    const auto end = Steady::now() + kPatience;
    for (;;) {
      const auto bytes = receive(end);
      if (!bytes) {
        if (session_.state() == State::live) carry_out(session_.on_tick(now()));
        continue;
      }
      v1::BrokerFrame frame;
      if (!frame.ParseFromString(*bytes)) return "unreadable";
      if (frame.has_hello_required()) return "hello_required";
      if (frame.has_refused()) return "refused " + reason(frame.refused().reason());
      const auto out = session_.on_frame(*bytes, now());
      for (const v1::BrokerMessage& message : out.received) {
        if (message.has_accepted()) return message.accepted().duplicate() ? "duplicate" : "accepted";
        if (message.has_rejected())
          return "rejected " + reason(message.rejected().reason()) +
                 (message.rejected().field().empty() ? "" : " " + message.rejected().field());
      }
    }
  }

  const wire::ClientSession& session() const { return session_; }

 private:
  static std::string reason(v1::Reason number) {
    const auto known = wire::from_wire(number);
    return known ? std::string(name_of(*known)) : "?";
  }

  // nullopt: nothing for a while. Throws past `end`.
  std::optional<Bytes> receive(Steady::time_point end) {
    if (Steady::now() > end) throw std::runtime_error("the broker does not answer");
    if (auto frame = channel_.receive()) return frame;
    channel::ClientChannel::wait({&channel_}, std::chrono::milliseconds(50));
    return channel_.receive();
  }
  void carry_out(wire::ClientSession::Output out) {
    for (const Bytes& frame : out.send) say(frame);
  }

  channel::ClientChannel channel_;
  wire::ClientSession session_;
};

class Attacks {
 public:
  explicit Attacks(const wire::Credential& credential) : credential_(credential) {}

  void all() {
    // --- reports whose bytes or signature are not what they should be ---
    submit("a good report", [](v1::SignedReport&) {});
    submit("a signature with one bit changed", [](v1::SignedReport& r) { flip((*r.mutable_signature())[10]); });
    submit("a report changed after it was signed", [this](v1::SignedReport& r) {
      v1::Report changed = good();
      (*changed.mutable_title())["ja"] = "改竄";
      r.set_report(changed.SerializeAsString());
    });
    submit("no signature", [](v1::SignedReport& r) { r.clear_signature(); });
    submit("a signature made for something else", [this](v1::SignedReport& r) {
      r.set_signature(wire::sign(credential_.signing, wire::kMemberContext, r.report()));
    });
    submit("signed with a key that is nobody's", [](v1::SignedReport& r) {
      v1::Report report;
      report.ParseFromString(r.report());
      r = wire::sign_report(wire::make_signing_key(), report);
    });
    submit("signed with another key under the enrolled key's id", [](v1::SignedReport& r) {
      r.set_signature(wire::sign(wire::make_signing_key(), wire::kReportContext, r.report()));
    });
    change("a report of another organisation", [](v1::Report& r) { r.set_organization("somebody-else"); });
    change("another source group", [](v1::Report& r) { r.set_source("government"); });
    change("an item it may not publish", [](v1::Report& r) {
      r.set_item("A.near-miss");
      r.mutable_sections(0)->set_field("content");
    });
    change("no label", [](v1::Report& r) { r.clear_tlp(); });
    change("AMBER without audience", [](v1::Report& r) { r.set_tlp("AMBER"); });
    change("an audience that does not exist", [](v1::Report& r) { r.mutable_audience()->add_organizations("nobody"); });
    change("issued in the future",
           [](v1::Report& r) { r.mutable_issued_at()->set_seconds(now().value / kMicrosPerSecond + 3600); });
    change("expired", [](v1::Report& r) { r.mutable_expires_at()->set_seconds(1'600'000'000); });
    change("larger than a report may be", [](v1::Report& r) {
      (*r.mutable_sections(0)->mutable_text())["ja"] = std::string(limits::kReportBytes, 'a');
    });
    change("text that is not UTF-8", [](v1::Report& r) { (*r.mutable_title())["ja"] = "\x8C\xA9\x8F\x6F"; });
    bytes("a field that the contract does not have", [](Bytes b) { return b + kUnknownField; });
    bytes("half a report", [](Bytes b) { return b.substr(0, b.size() / 2); });
    bytes("no report at all", [](Bytes) { return Bytes(); });
    same_id_other_content();

    // --- frames and their order ---
    frame("an empty frame", "");
    frame("garbage", "GET / HTTP/1.1\r\n\r\n");
    frame("zeros", std::string(1000, '\0'));
    frame("a message with an unknown field", v1::ClientMessage().SerializeAsString() + kUnknownField);
    {
      v1::ClientMessage hello;
      hello.mutable_hello()->set_protocol(1);
      hello.mutable_hello()->set_session_key("short");
      frame("a Hello with a short key", hello.SerializeAsString());
    }
    {
      v1::ClientMessage replay;
      replay.mutable_replay()->set_from(1);
      frame("a Replay on the urgent door", replay.SerializeAsString());
    }
    hello("a protocol of the future", [](v1::Hello& h) { h.set_protocol(99); });
    hello("a topic that does not exist", [](v1::Hello& h) { h.add_topics("Z.zzz"); });
    hello("more topics than allowed", [](v1::Hello& h) {
      for (std::size_t i = 0; i <= limits::kHelloTopics; ++i) h.add_topics("C");
    });
    hello("a subscription without the right to it", [](v1::Hello& h) { h.set_subscribe(true); });
    without_hello();
    on_the_archive_door();
    frame_over_the_limit();
  }

 private:
  static void flip(char& c) { c = static_cast<char>(c ^ 1); }

  v1::Report good() const {
    v1::Report report;
    report.set_id(wire::make_uuidv7(now()).value);
    report.set_organization(credential_.organization);
    report.set_source(credential_.source);
    report.set_item("C.disaster");
    report.set_status(v1::Report::ACTUAL);
    report.set_tlp("GREEN");
    (*report.mutable_title())["ja"] = "正しい報告";
    v1::Section& section = *report.add_sections();
    section.set_field("situation");
    section.set_state(v1::Section::KNOWN);
    (*section.mutable_text())["ja"] = "本文";
    report.mutable_issued_at()->set_seconds(now().value / kMicrosPerSecond);
    return report;
  }

  std::string send_good(Peer& peer) {
    peer.say(peer.session().submit(++number_, wire::sign_report(credential_.signing, good())));
    return peer.hear();
  }

  static void tell(const std::string& row, const std::string& outcome, const std::string& then) {
    std::cout << R"({"row":")" << row << R"(","outcome":")" << outcome << R"(","then":")" << then << "\"}" << std::endl;
  }

  void submit(const std::string& row, const std::function<void(v1::SignedReport&)>& spoil) {
    Peer peer(credential_, Door::urgent);
    peer.greet();
    v1::SignedReport report = wire::sign_report(credential_.signing, good());
    spoil(report);
    peer.say(peer.session().submit(++number_, report));
    const std::string outcome = peer.hear();
    tell(row, outcome, send_good(peer));
  }

  // Signed as it is.
  void change(const std::string& row, const std::function<void(v1::Report&)>& spoil) {
    submit(row, [&](v1::SignedReport& out) {
      v1::Report report = good();
      spoil(report);
      out = wire::sign_report(credential_.signing, report);
    });
  }
  void bytes(const std::string& row, const std::function<Bytes(Bytes)>& spoil) {
    submit(row, [&](v1::SignedReport& out) {
      out.set_report(spoil(out.report()));
      out.set_signature(wire::sign(credential_.signing, wire::kReportContext, out.report()));
    });
  }

  void same_id_other_content() {
    Peer peer(credential_, Door::urgent);
    peer.greet();
    v1::Report report = good();
    const auto say = [&] {
      peer.say(peer.session().submit(++number_, wire::sign_report(credential_.signing, report)));
      return peer.hear();
    };
    const std::string first = say();
    const std::string again = say();
    (*report.mutable_title())["ja"] = "同じ識別子、別の内容";
    const std::string other = say();
    tell("one id, the same bytes, then other bytes", first + ", " + again + ", " + other, send_good(peer));
  }

  void frame(const std::string& row, const Bytes& frame) {
    Peer peer(credential_, Door::urgent);
    peer.greet();
    peer.say(frame);
    const std::string outcome = peer.hear();
    tell(row, outcome, send_good(peer));
  }

  void hello(const std::string& row, const std::function<void(v1::Hello&)>& spoil) {
    Peer peer(credential_, Door::urgent);
    v1::ClientMessage message;
    message.mutable_hello()->set_protocol(1);
    message.mutable_hello()->set_session_key(wire::random_bytes(wire::kSessionKeyBytes));
    message.mutable_hello()->set_credit(16);
    spoil(*message.mutable_hello());
    peer.say(message.SerializeAsString());
    const std::string outcome = peer.hear();
    tell(row, outcome, send_good(peer.greet()));
  }

  void without_hello() {
    Peer peer(credential_, Door::urgent);
    peer.say(peer.session().submit(++number_, wire::sign_report(credential_.signing, good())));
    const std::string outcome = peer.hear();
    tell("a report without a Hello", outcome, send_good(peer.greet()));
  }

  void on_the_archive_door() {
    Peer archive(credential_, Door::archive);
    archive.greet();
    archive.say(archive.session().submit(++number_, wire::sign_report(credential_.signing, good())));
    const std::string outcome = archive.hear();
    Peer peer(credential_, Door::urgent);
    tell("a report on the archive door", outcome, send_good(peer.greet()));
    v1::Replay replay;
    replay.set_from(1);
    replay.set_credit(100);
    archive.say(archive.session().replay(replay));
    tell("a replay without the right to it", archive.hear(), send_good(peer));
  }

  // libzmq ends this connection before the broker sees anything of it; the next one is as good as any.
  void frame_over_the_limit() {
    {
      Peer peer(credential_, Door::urgent);
      peer.greet();
      peer.say(std::string(2 * limits::kClientFrameBytes, 'x'));
    }
    Peer peer(credential_, Door::urgent);
    tell("a frame over the limit", "none", send_good(peer.greet()));
  }

  const wire::Credential& credential_;
  std::uint64_t number_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: e2e-hostile CREDENTIAL\n";
    return 2;
  }
  google::protobuf::LogSilencer quiet;  // it comments on text that is not UTF-8, which here is meant
  try {
    const wire::Credential credential = wire::load_credential(argv[1]);
    Attacks(credential).all();
  } catch (const std::exception& error) {
    std::cerr << "e2e-hostile: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
