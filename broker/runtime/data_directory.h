// The broker's data directory: what is in it and how it is made. One process at a time holds its lock.
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "broker/core/broker.h"
#include "broker/runtime/witness_settings.h"
#include "proto/web/webhook.h"
#include "proto/wire/signing.h"

namespace noroshi::runtime {

namespace fs = std::filesystem;

// Which file, what is wrong with it, what to do.
struct ConfigError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// [overdue]: how whoever is past a deadline is called.
struct CallSettings {
  std::vector<std::string> command;             // absolute path and arguments; empty: no program is started
  std::optional<web::WebhookSettings> webhook;  // nullopt: nothing is posted
};

// broker.toml. Every key is checked; an unknown one is an error.
struct Config {
  std::string origin;              // name of this broker, e.g. "noroshi.example.jp"
  std::string host = "127.0.0.1";  // address to bind
  int port = 7701;                 // BASE; the next four ports, and BASE + 79 for HTTP
  std::string http_host = "127.0.0.1";
  core::DigestRules digest;                                           // [digest] interval_seconds, entries, bytes
  core::ResponseRooms response_rooms = core::ResponseRooms::propose;  // [posture] response_room
  CallSettings overdue;
  std::vector<std::string> silent_command;  // [silent] command, for a member that went silent; empty: none

  std::vector<WitnessSettings> witnesses;  // [[witness]]

  fs::path mirror;  // [mirror] directory; empty: in the data directory

  int urgent_port() const { return port; }
  int batched_port() const { return port + 1; }
  int archive_port() const { return port + 2; }
  int open_urgent_port() const { return port + 3; }
  int open_batched_port() const { return port + 4; }
  int http_port() const { return port + 79; }
};

struct Keys {
  wire::TransportKey transport;  // CURVE server key
  wire::SigningKey log;          // signs what the broker itself says
};

struct DataDirectory {
  fs::path root;
  fs::path config() const { return root / "broker.toml"; }
  fs::path matrix() const { return root / "matrix.toml"; }
  fs::path sectors() const { return root / "sectors.toml"; }
  fs::path log() const { return root / "log.sqlite"; }
  fs::path log_lock() const { return root / "log.sqlite.lock"; }
  fs::path log_wal() const { return root / "log.sqlite-wal"; }  // this and the next are SQLite's own
  fs::path log_shm() const { return root / "log.sqlite-shm"; }
  fs::path mirror() const { return root / "mirror"; }  // unless broker.toml names another: see mirror_of()
  fs::path lock() const { return root / "lock"; }
  fs::path called() const { return root / "called"; }  // how far each way of calling has come: see caller.h
  fs::path admin_socket() const { return root / "admin.sock"; }
  fs::path transport_key() const { return root / "keys" / "transport.key"; }
  // The change of the transport key: see next_key.h.
  fs::path next_transport_key() const { return root / "keys" / "transport-next.key"; }
  fs::path former_transport_key() const { return root / "keys" / "transport-former.key"; }
  fs::path transport_statement() const { return root / "keys" / "transport.statement"; }
  fs::path transport_change() const { return root / "keys" / "transport.change"; }
  fs::path log_key() const { return root / "keys" / "log.key"; }
  fs::path registrar_key() const {
    return root / "keys" / "registrar.key";
  }  // may live elsewhere: needed to enrol only
  fs::path registrar_public() const { return root / "keys" / "registrar.pub"; }
};

// Makes and fills the directory (0700, keys 0600). Refuses one that exists and is not empty. Throws ConfigError.
void init_data_directory(const DataDirectory& data, const Config& config, const fs::path& matrix);

// Refuses a directory that others can enter, and one in which something is in the way of what a broker makes there.
// Throws ConfigError.
void check_directory(const DataDirectory& data);

Config load_config(const fs::path& file);
Keys load_keys(const DataDirectory& data);
wire::SigningKey load_registrar(const fs::path& file);
PublicKey load_registrar_public(const DataDirectory& data);
Matrix load_matrix(const DataDirectory& data);
std::set<std::string> load_sectors(const fs::path& file);
// Everything the core needs, read and checked.
core::Settings load_settings(const DataDirectory& data, const Config& config);

}  // namespace noroshi::runtime
