// Enrols a member for a while, which the commands do not offer yet.
//
//   e2e-guest DATA ORG SECONDS OUT [FROM]
//
// ORG may publish and subscribe for so many seconds, beginning FROM seconds from now; OUT is where its credential goes. The broker must run.
#include <chrono>
#include <iostream>
#include <stdexcept>

#include "broker/runtime/admin_client.h"
#include "proto/wire/credential.h"
#include "proto/wire/signing.h"

namespace {

using namespace noroshi;

Micros now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return Micros{std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count()};
}

void enrol_for_a_while(const std::string& root, const std::string& organization, int seconds, const std::string& out,
                       int from) {
  const runtime::DataDirectory data{root};
  const runtime::Config config = runtime::load_config(data.config());
  wire::Credential credential;
  credential.organization = organization;
  credential.source = "sector";
  credential.broker = config.origin;
  credential.host = config.host;
  credential.urgent_port = config.urgent_port();
  credential.batched_port = config.batched_port();
  credential.archive_port = config.archive_port();
  credential.broker_transport = runtime::load_keys(data).transport.public_key;
  credential.registrar = runtime::load_registrar_public(data);
  credential.transport = wire::make_transport_key();
  credential.signing = wire::make_signing_key();
  wire::save_credential(out, credential);

  Member member;
  member.organization = organization;
  member.tier = Tier::operator_;
  member.source = credential.source;
  member.publish = {"*"};
  member.subscribe = true;
  member.transport_keys = {credential.transport.public_key};
  member.signing_keys = {credential.signing.public_key};
  member.valid_from = now() + from * kMicrosPerSecond;
  member.valid_until = member.valid_from + seconds * kMicrosPerSecond;
  v1::AdminRequest request;
  *request.mutable_member() = wire::sign_member(runtime::load_registrar(data.registrar_key()), member);
  const auto reply = runtime::ask_running(data, request);
  if (!reply || !reply->error().empty()) throw std::runtime_error(reply ? reply->error() : "no broker runs");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 && argc != 6) {
    std::cerr << "usage: e2e-guest DATA ORG SECONDS OUT [FROM]\n";
    return 2;
  }
  try {
    enrol_for_a_while(argv[1], argv[2], std::stoi(argv[3]), argv[4], argc == 6 ? std::stoi(argv[5]) : 0);
  } catch (const std::exception& error) {
    std::cerr << "e2e-guest: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
