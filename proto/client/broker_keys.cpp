#include "proto/client/broker_keys.h"

#include "proto/wire/broker_key.h"

namespace noroshi::client {

BrokerKeys::BrokerKeys(const cli::Common& common, std::filesystem::path file, const wire::Credential& credential,
                       std::function<void(const std::string&)> warn)
    : common_(common), file_(std::move(file)), credential_(credential), warn_(std::move(warn)) {}

void BrokerKeys::follow(channel::ClientChannel& channel, wire::ClientSession& session) {
  if (const auto key = channel.admitted_by()) admitted_by(*key);
  heard(session.broker_key());
  channel.expect(present(), next());
  // In memory alone is not enough: the broker's operator waits for what will still be known after a restart.
  session.has_next_key(next() && kept_ ? wire::key_id(next()->key) : std::string());
}

void BrokerKeys::heard(const v1::SignedBrokerKey& statement) {
  if (statement.statement().empty()) return;
  std::string seen = statement.statement() + statement.signature();
  if (seen == last_heard_) return;  // every line hears it, and with every Welcome
  last_heard_ = std::move(seen);
  const auto key = wire::open_broker_key(credential_.registrar, credential_.broker, statement);
  if (!key)
    return warn_(common_(
        {"ブローカーの新しい通信鍵の知らせに登録機関の正しい署名がないため、無視します。ブローカーの鍵が盗まれた恐れが"
         "あります。"
         "登録機関に知らせてください",
         "what came about the broker's next transport key is not signed by the registrar for this broker: ignored. The "
         "broker's key may be stolen; tell the registrar"}));
  if (next() && key->made_at <= next()->made_at) return;  // said before; or again, by one who has kept it
  if (key->transport != present())
    credential_.broker_transport_next = {key->transport, key->made_at};
  else if (next())
    credential_.broker_transport_next.reset();  // withdrawn
  else
    return;
  keep();
}

void BrokerKeys::admitted_by(const PublicKey& key) {
  if (!next() || key != next()->key) return;
  credential_.broker_transport = key;
  credential_.broker_transport_next.reset();
  keep();
}

void BrokerKeys::keep() {
  const bool told = !std::exchange(kept_, true);
  try {
    // Read again: it may be another by now, and then it is not ours to change.
    wire::Credential there = wire::load_credential(file_);
    if (there.transport.public_key != credential_.transport.public_key || there.broker != credential_.broker) return;
    if (there.broker_transport == present() && there.broker_transport_next == next()) return;
    there.broker_transport = present();
    there.broker_transport_next = next();
    wire::replace_credential(file_, there);
  } catch (const wire::CredentialError& error) {
    kept_ = false;
    if (!told)
      warn_(std::string(error.what()) +
            common_(
                {"。そのあと、このプログラムを起動し直してください。ブローカーの新しい通信鍵を書き込めませんでした。"
                 "いまは両方の鍵で続けますが、このままでは鍵の交代後に起動したとき接続できません",
                 ", then start this program again: the broker's next transport key could not be noted. It goes on and "
                 "knows both keys, but one started after the change of keys would not get in"}));
  }
}

}  // namespace noroshi::client
