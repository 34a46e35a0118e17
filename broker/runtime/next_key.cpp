#include "broker/runtime/next_key.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "broker/runtime/directory_lock.h"
#include "broker/runtime/files.h"
#include "proto/types/words.h"
#include "proto/wire/credential.h"
#include "proto/wire/files.h"

namespace noroshi::runtime {
namespace {

constexpr std::size_t kStatementBytes = 4096;
constexpr std::size_t kTransportSecretBytes = 32;
constexpr std::chrono::seconds kPatience{10};  // with another command that is at work in the directory
constexpr std::chrono::milliseconds kPause{50};

void well(const fs::path& file, int error) {
  if (error != 0)
    fail(file, say({"変更できません: ", "cannot be changed: "}) + std::strerror(error),
         say({"ディスクと所有者を確認し、同じ操作をもう一度してください",
              "check the disk and the owner, then do the same again"}));
}

void wipe(const fs::path& file) { well(file, wire::wipe_file(file)); }

void drop(const fs::path& file) {
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) well(file, errno);
  sync_folder(file.parent_path());
}

DirectoryLock hold(const DataDirectory& data) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    if (auto lock = DirectoryLock::try_lock(data.root / "lock")) return std::move(*lock);
    if (std::chrono::steady_clock::now() >= give_up)
      fail(data.root, say({"他のコマンドが使用中です", "another command is at work in it"}),
           say({"終わるのを待って、もう一度実行してください", "wait until it is done, then try again"}));
    std::this_thread::sleep_for(kPause);
  }
}

PublicKey public_half(const fs::path& file) {
  try {
    return wire::public_transport_key(wire::load_secret(file, kTransportSecretBytes)).value();
  } catch (const wire::CredentialError& error) {
    throw ConfigError(error.what());
  }
}

v1::SignedBrokerKey read_statement(const fs::path& file) {
  std::string text = read_whole(file, kStatementBytes);
  if (text.ends_with('\n')) text.pop_back();
  v1::SignedBrokerKey out;
  const auto raw = wire::from_hex(text);
  if (!raw || !out.ParseFromString(*raw) || out.statement().empty())
    fail(file, say({"通信鍵の告知として読めません", "is no statement of a transport key"}),
         say({"バックアップから復元してください", "restore it from a backup"}));
  return out;
}

// All at once: who reads it while it is replaced reads the former one. Later than that, whatever the clock says: members
// hold to the later of two.
void put_statement(const DataDirectory& data, const wire::SigningKey& registrar, wire::BrokerKey key) {
  const fs::path file = data.transport_statement();
  if (wire::there(file))
    if (const auto former = wire::open_broker_key(registrar.public_key, key.origin, read_statement(file)))
      key.made_at = std::max(key.made_at, former->made_at + 1);
  fs::path fresh = file;
  fresh += ".new";
  drop(fresh);
  write_new_file(fresh, wire::to_hex(wire::sign_broker_key(registrar, key).SerializeAsString()) + "\n");
  if (::rename(fresh.c_str(), file.c_str()) != 0) well(file, errno);
  sync_folder(file.parent_path());
}

}  // namespace

TransportKeyState load_transport_key_state(const DataDirectory& data, const Config& config) {
  TransportKeyState out;
  const fs::path file = data.transport_statement();
  if (!wire::there(file)) return out;
  out.statement = read_statement(file);
  const auto key = wire::open_broker_key(load_registrar_public(data), config.origin, out.statement);
  if (!key)
    fail(file,
         say({"登録機関がこのブローカーの名前で署名したものではありません",
              "is not signed by the registrar for a broker of this name"}),
         say({"broker.toml の origin を戻すか、バックアップから復元してください",
              "put back the origin in broker.toml, or restore it from a backup"}));
  if (key->transport == public_half(data.transport_key())) return out;
  if (!wire::there(data.next_transport_key()) || public_half(data.next_transport_key()) != key->transport)
    fail(data.next_transport_key(),
         say({"会員に告知した次の通信鍵ではないか、ありません",
              "is missing, or is not the next transport key that members are told of"}),
         say({"バックアップから復元するか、rotate-key --abandon で取り下げてください",
              "restore it from a backup, or withdraw it with rotate-key --abandon"}));
  out.pending = {key->transport, key->made_at, wire::there(data.transport_change())};
  return out;
}

bool announce_key(const DataDirectory& data, const Config& config, const wire::SigningKey& registrar, Micros now) {
  const DirectoryLock lock = hold(data);
  if (load_transport_key_state(data, config).pending) return false;
  if (wire::there(data.transport_change()))
    fail(data.transport_change(), say({"前の鍵の交代が終わっていません", "the change before is not carried out yet"}),
         say({"ブローカーを起動するか、rotate-key --finish を実行してください",
              "start the broker, or run rotate-key --finish"}));
  wipe(data.next_transport_key());  // of an announcement that never came to its end: nobody was told
  const wire::TransportKey next = wire::make_transport_key();
  try {
    wire::save_secret(data.next_transport_key(), next.secret);
  } catch (const wire::CredentialError& error) {
    throw ConfigError(error.what());
  }
  put_statement(data, registrar, {config.origin, next.public_key, now});
  return true;
}

bool finish_key(const DataDirectory& data, const Config& config) {
  const DirectoryLock lock = hold(data);
  if (wire::there(data.transport_change())) return false;
  if (!load_transport_key_state(data, config).pending)
    fail(data.next_transport_key(), say({"予告した次の通信鍵がありません", "no next transport key is pending"}),
         say({"まず noroshi-broker rotate-key で作り、会員に行き渡るのを待ってください",
              "make one with noroshi-broker rotate-key, and give the members time to hear of it"}));
  write_new_file(data.transport_change(), "\n");
  sync_folder(data.transport_change().parent_path());
  return true;
}

bool abandon_key(const DataDirectory& data, const Config& config, const wire::SigningKey& registrar, Micros now) {
  const DirectoryLock lock = hold(data);
  // Whatever its state: a next key that is lost is why one abandons it.
  const bool any = wire::there(data.next_transport_key()) || (wire::there(data.transport_statement()) && [&] {
                     const auto key = wire::open_broker_key(load_registrar_public(data), config.origin,
                                                            read_statement(data.transport_statement()));
                     return !key || key->transport != public_half(data.transport_key());
                   }());
  if (!any) return false;
  drop(data.transport_change());
  put_statement(data, registrar, {config.origin, public_half(data.transport_key()), now});
  wipe(data.next_transport_key());
  return true;
}

bool carry_out_key_change(const DataDirectory& data, const Config& config) {
  if (!wire::there(data.transport_change())) return false;
  const bool pending = load_transport_key_state(data, config).pending.has_value();
  if (pending) {
    // A second name for the former key: what is about to lose its only one could not be overwritten after a crash.
    if (::link(data.transport_key().c_str(), data.former_transport_key().c_str()) != 0 && errno != EEXIST)
      well(data.former_transport_key(), errno);
    sync_folder(data.transport_key().parent_path());
    if (::rename(data.next_transport_key().c_str(), data.transport_key().c_str()) != 0)
      well(data.transport_key(), errno);
    sync_folder(data.transport_key().parent_path());
  }
  std::error_code none;
  if (fs::equivalent(data.former_transport_key(), data.transport_key(), none))
    drop(data.former_transport_key());  // only another name for the key that is in use
  else
    wipe(data.former_transport_key());
  drop(data.transport_change());
  return pending;
}

}  // namespace noroshi::runtime
