// The broker's transport keys as one program knows them: the present one, and the next if the registrar has named it. Kept in
// the credential's file, so that the program gets in before and after the broker's change, today or a month from now.
//
//   statement -> verified -> in the file (broker_transport_next) -> told to the broker
//   admitted by the next key -> it is the present and only one in the file
//
// One for all lines of a program; one owner, one thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "proto/channel/client_channel.h"
#include "proto/cli/cli.h"
#include "proto/wire/client_session.h"
#include "proto/wire/credential.h"

namespace noroshi::client {

class BrokerKeys {
 public:
  // `warn` is given what a person should know, in the chosen language.
  BrokerKeys(const cli::Common& common, std::filesystem::path file, const wire::Credential& credential,
             std::function<void(const std::string&)> warn);

  // At every turn of a line: what its channel and its session have found out, and what they need to know. After the channel's
  // refused().
  void follow(channel::ClientChannel& channel, wire::ClientSession& session);

  // What follow() is made of.
  void heard(const v1::SignedBrokerKey& statement);
  void admitted_by(const PublicKey& key);

  const PublicKey& present() const { return credential_.broker_transport; }
  const std::optional<wire::NextKey>& next() const { return credential_.broker_transport_next; }

 private:
  void keep();  // what is known now, in the file

  const cli::Common& common_;
  std::filesystem::path file_;
  wire::Credential credential_;
  std::function<void(const std::string&)> warn_;
  std::string last_heard_;
  bool kept_ = true;  // the file has what is known
};

}  // namespace noroshi::client
