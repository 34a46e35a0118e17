// Administration of a broker that does not run, and the client of one that does.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include "broker/runtime/admin_client.h"
#include "broker/runtime/offline.h"
#include "broker/store/sqlite_log.h"
#include "proto/wire/signing.h"
#include "tests/support/catch.h"
#include "tests/unit/broker_config/temp_folder.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using namespace std::chrono_literals;

Member member(const std::string& organization) {
  Member out;
  out.organization = organization;
  out.name["ja"] = "髙﨑㈱";
  out.tier = Tier::operator_;
  out.subscribe = true;
  out.transport_keys = {wire::make_transport_key().public_key};
  out.signing_keys = {wire::make_signing_key().public_key};
  out.valid_from = Micros{1};
  return out;
}

v1::AdminRequest change(const wire::SigningKey& registrar, const Member& who) {
  v1::AdminRequest out;
  *out.mutable_member() = wire::sign_member(registrar, who);
  return out;
}

TEST_CASE("offline: what is changed is in the log, and there the next time") {
  const TempFolder folder;
  const auto data = make_data(folder.path() / "data", sample_config());
  const auto registrar = runtime::load_registrar(data.registrar_key());
  const Member first = member("metro-power");
  v1::AdminRequest posture, roster, status;
  posture.mutable_posture()->set_posture("incident");
  posture.mutable_posture()->set_reason("訓練");
  roster.mutable_roster();
  status.mutable_status();
  {
    const auto broker = runtime::Offline::open(data);
    REQUIRE(broker);
    const auto enrolled = broker->handle(change(registrar, first), Micros{1000});
    CHECK(enrolled.error().empty());
    CHECK(enrolled.seq() == 1);
    CHECK(broker->handle(posture, Micros{2000}).seq() == 2);

    // Refused, and nothing of it written.
    Member thief = member("other");
    thief.transport_keys = first.transport_keys;
    CHECK_FALSE(broker->handle(change(registrar, thief), Micros{3000}).error().empty());
    CHECK_FALSE(broker->handle(change(wire::make_signing_key(), member("forged")), Micros{3000}).error().empty());
    posture.mutable_posture()->set_posture("calm");
    CHECK_FALSE(broker->handle(posture, Micros{3000}).error().empty());
    CHECK_FALSE(broker->handle({}, Micros{3000}).error().empty());
    CHECK(broker->handle(status, Micros{3000}).status().head() == 2);
    CHECK_FALSE(runtime::Offline::open(data));  // one at a time
  }
  const auto broker = runtime::Offline::open(data);
  REQUIRE(broker);
  CHECK(broker->handle(status, {}).status().posture() == "incident");
  CHECK(broker->handle(status, {}).status().head() == 2);
  const auto members = broker->handle(roster, {}).members();
  REQUIRE(members.size() == 1);
  const auto back = wire::open_member(registrar.public_key, members[0]);
  REQUIRE(back);
  CHECK(back->name == first.name);
  CHECK(back->transport_keys == first.transport_keys);

  Member revoked = first;
  revoked.revoked = true;
  CHECK(broker->handle(change(registrar, revoked), Micros{1}).seq() == 3);  // a clock that was set back
  CHECK(store::open_sqlite_reader(data.log())->head() == Seq{3});
}

TEST_CASE("offline: a log that a broker writes is left alone") {
  const TempFolder folder;
  const auto data = make_data(folder.path() / "data", sample_config());
  const store::SqliteLog running(data.log());
  CHECK_FALSE(runtime::Offline::open(data));
}

// A broker's end of the admin socket that answers one request with the bytes given, or not at all.
class FakeBroker {
 public:
  FakeBroker(const std::filesystem::path& socket, std::string answer)
      : answer_(std::move(answer)), fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // Long paths do not fit: bind beside the path's folder.
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(socket.parent_path());
    std::strcpy(address.sun_path, "admin.sock");
    const bool bound = ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    std::filesystem::current_path(before);
    if (!bound || ::listen(fd_, 4) != 0) throw std::runtime_error("no admin socket");
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeBroker() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }

 private:
  void serve() {
    const int peer = ::accept(fd_, nullptr, nullptr);
    if (peer < 0) return;
    char part[4096];
    static_cast<void>(::recv(peer, part, sizeof part, 0));
    if (answer_ == "silence") {
      static_cast<void>(::recv(peer, part, sizeof part, 0));  // until the client gives up
    } else {
      static_cast<void>(::send(peer, answer_.data(), answer_.size(), MSG_NOSIGNAL));
    }
    ::close(peer);
  }
  std::string answer_;
  int fd_;
  std::thread thread_;
};

std::string framed(const std::string& body) { return {std::string(3, '\0') + static_cast<char>(body.size()) + body}; }

TEST_CASE("the admin client: an answer, silence, nonsense, and nobody there") {
  const TempFolder folder;
  std::string name = "data";
  SECTION("a short path") {}
  SECTION("a path longer than a socket's may be") { name = std::string(150, 'd'); }
  const runtime::DataDirectory data{folder.path() / name};
  std::filesystem::create_directory(data.root);
  v1::AdminRequest request;
  request.mutable_status();
  CHECK_FALSE(runtime::ask_running(data, request));  // no socket
  const auto remove = [&] { std::filesystem::remove(data.admin_socket()); };
  {
    v1::AdminReply reply;
    reply.set_seq(7);
    const FakeBroker broker(data.admin_socket(), framed(reply.SerializeAsString()));
    const auto answer = runtime::ask_running(data, request);
    REQUIRE(answer);
    CHECK(answer->seq() == 7);
  }
  CHECK_FALSE(runtime::ask_running(data, request));  // a socket that a dead broker left
  remove();
  for (const char* bad : {"silence", "", "\x01", "\xff\xff\xff\xff", "hello, this is no answer at all"}) {
    INFO(bad);
    {
      const FakeBroker broker(data.admin_socket(), bad);
      CHECK_THROWS_AS(runtime::ask_running(data, request, 200ms), runtime::AdminUnreachable);
    }
    remove();
  }
}

}  // namespace
