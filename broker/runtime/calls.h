// All the ways in which whoever is overdue is called. Reactor thread.
#pragma once

#include <list>

#include "broker/core/broker.h"
#include "broker/runtime/caller.h"
#include "broker/runtime/data_directory.h"
#include "broker/store/log.h"

namespace noroshi::runtime {

class Calls {
 public:
  // `folder`: for each way a file, how far it has come. Throws ConfigError.
  Calls(const CallSettings& settings, const fs::path& folder);

  // At a start: what the log calls overdue and each way has not come to.
  void go_on(const core::Broker& broker, store::Reader& log, Micros now);
  void make(const core::Call& call);

 private:
  std::list<Caller> callers_;
};

}  // namespace noroshi::runtime
