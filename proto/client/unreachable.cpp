#include "proto/client/unreachable.h"

namespace noroshi::client {

std::string why_unreachable(const cli::Common& common, const wire::Credential& credential, channel::Contact contact) {
  if (contact == channel::Contact::none && !channel::resolves(credential.host))
    return common({"ホスト名が解決できません。資格情報の host と名前解決の設定を確認してください",
                   "the host name cannot be resolved: check host in the credential, and the name service"});
  switch (contact) {
    case channel::Contact::none: break;
    case channel::Contact::connected:
      return common(
          {"接続はできますが、暗号通信を始められません。資格情報にあるブローカーの鍵 (broker_transport) "
           "が接続先のものでないか、ブローカーが応答できない状態です。接続していない間にブローカーが鍵を替えた場合は、"
           "新しい資格情報が必要です。登録機関に確認してください",
           "something listens there, but no encrypted session begins: the broker key in the credential "
           "(broker_transport) is not that broker's, or the broker hangs. If the broker has changed its key while you "
           "were "
           "away, you need a new credential: ask the registrar"});
    case channel::Contact::admitted:
      return common({"ブローカーから応答がありません。しばらく待って、もう一度試してください",
                     "the broker does not answer: wait, then try again"});
  }
  return common({"ブローカーに接続できません。稼働状況、アドレスとポート、経路を確認してください",
                 "the broker cannot be reached: check that it runs, its address and ports, and the way to it"});
}

}  // namespace noroshi::client
