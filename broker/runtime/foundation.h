// What a broker starts from: the files of its data directory, each by itself, all with each other and with the log. `run`,
// administration without a broker and `check-config` ask here and nowhere else, so that they never disagree.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "broker/runtime/data_directory.h"
#include "broker/store/sqlite_log.h"

namespace noroshi::runtime {

struct Foundation {
  Config config;
  Keys keys;
  PublicKey registrar{};
  core::Settings settings;
};

// Loads itself, or throws ConfigError. Later parts look at earlier ones.
struct Part {
  std::string name;
  std::function<void(Foundation&)> load;
};
std::vector<Part> parts_of(const DataDirectory& data);  // all but the log

// All of them. Throws what is wrong with the first that is.
Foundation load_foundation(const DataDirectory& data);

// Brings the core to where the log ended. Throws store::StorageError if the log is damaged, ConfigError if it contradicts
// the foundation. Changes nothing.
void restore(core::Broker& broker, const DataDirectory& data, const Foundation& foundation);

// Has the log remember what the next restore() holds against it. Only after one that went well.
void remember(store::SqliteLog& log, const DataDirectory& data, const Foundation& foundation);

}  // namespace noroshi::runtime
