// What to say when a port cannot be had: the same for the lanes and for HTTP.
#pragma once

#include <string>

#include "proto/types/words.h"

namespace noroshi {

// `key`: what broker.toml calls the address.
inline std::string cannot_listen(const std::string& endpoint, const std::string& why, const std::string& key) {
  return endpoint + say({" で待ち受けできません: ", ": cannot listen there: "}) + why +
         say({"。このポートを使っているプログラムを止めるか、broker.toml の ",
              "; stop what uses the port, or in broker.toml change "}) +
         key + say({" と port を変えてください", " and port"});
}

}  // namespace noroshi
