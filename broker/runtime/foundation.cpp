#include "broker/runtime/foundation.h"

#include "broker/runtime/call_webhook.h"
#include "broker/runtime/contradictions.h"
#include "broker/runtime/recovery.h"
#include "proto/types/words.h"

namespace noroshi::runtime {
namespace {

// It may be kept elsewhere; but one that lies here and is another's would fail whoever has to revoke a member in a hurry.
void check_registrar_key(const DataDirectory& data, const PublicKey& registrar) {
  std::error_code error;
  if (!fs::exists(data.registrar_key(), error) && !error) return;
  if (load_registrar(data.registrar_key()).public_key != registrar)
    throw ConfigError(data.registrar_key().string() +
                      say({": registrar.pub と対応していません。対応する鍵を復元してください",
                           ": does not belong to registrar.pub; restore the one that does"}));
}

}  // namespace

std::vector<Part> parts_of(const DataDirectory& data) {
  return {
      {"directory", [=](Foundation&) { check_directory(data); }},
      {"broker.toml", [=](Foundation& all) { all.config = load_config(data.config()); }},
      {"overdue.webhook", [](Foundation& all) { check_webhook(all.config.overdue); }},
      {"matrix.toml", [=](Foundation& all) { all.settings.matrix = load_matrix(data); }},
      {"sectors.toml", [=](Foundation& all) { all.settings.sectors = load_sectors(data.sectors()); }},
      {"keys", [=](Foundation& all) { all.keys = load_keys(data); }},
      {"registrar.pub", [=](Foundation& all) { all.registrar = load_registrar_public(data); }},
      {"registrar.key", [=](Foundation& all) { check_registrar_key(data, all.registrar); }},
  };
}

Foundation load_foundation(const DataDirectory& data) {
  Foundation out;
  for (const Part& part : parts_of(data)) part.load(out);
  out.settings.digest = out.config.digest;
  out.settings.response_rooms = out.config.response_rooms;
  return out;
}

void restore(core::Broker& broker, const DataDirectory& data, const Foundation& foundation) {
  const Contradictions contradictions(data, foundation);
  const store::Facts facts = store::facts_of(data.log());
  contradictions.check_facts(facts);
  const auto log = store::open_sqlite_reader(data.log());
  try {
    recover(broker, *log, foundation.registrar);
  } catch (const UnsignedMember& member) {
    contradictions.tell(member);
  }
  contradictions.check_members(broker.roster());
  contradictions.check_reports(*log, facts);
}

void remember(store::SqliteLog& log, const DataDirectory& data, const Foundation& foundation) {
  store::Facts facts = facts_of(foundation);
  if (store::facts_of(data.log()) != facts) log.remember(facts);
}

}  // namespace noroshi::runtime
