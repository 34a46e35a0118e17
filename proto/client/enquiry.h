// Questions to a broker over its archive door, one after the other: each is asked again in every session until it is answered,
// and, in its own time, of a broker that says "not now". One owner, one thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "noroshi/v1/session.pb.h"
#include "proto/cli/cli.h"
#include "proto/client/broker_keys.h"
#include "proto/client/clock.h"
#include "proto/client/line.h"
#include "proto/wire/client_session.h"
#include "proto/wire/credential.h"

namespace noroshi::client {

class Enquiry {
 public:
  // `credential`: as it is in `file`. `timeout` seconds for each question.
  Enquiry(const cli::Common& common, const std::string& file, const wire::Credential& credential, std::string software,
          double timeout);
  ~Enquiry();  // says goodbye
  Enquiry(const Enquiry&) = delete;
  Enquiry& operator=(const Enquiry&) = delete;

  // The message that answers; the number is filled in here. Throws cli::Failure{kUnreachable}, also when a signal asks to stop.
  v1::BrokerMessage ask(v1::Query query);
  const v1::Welcome& welcome() const { return session_.welcome(); }  // after the first answer

 private:
  void turn();
  void carry_out(wire::ClientSession::Output out);
  void refused(Reason reason);
  void say_again(Micros at) { say_at_ = at; }
  cli::Failure unreachable(const std::string& why) const;

  const cli::Common& common_;
  const wire::Credential& credential_;
  std::int64_t patience_;
  Clock clock_;
  BrokerKeys broker_keys_;
  Line line_;
  wire::ClientSession session_;
  v1::Query query_;
  std::optional<Micros> say_at_;
  std::optional<v1::BrokerMessage> answer_;
};

}  // namespace noroshi::client
