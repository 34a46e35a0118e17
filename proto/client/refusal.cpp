#include "proto/client/refusal.h"

namespace noroshi::client {

bool passes(Reason reason) {
  return reason == Reason::shutting_down || reason == Reason::rate_limited || reason == Reason::storage_full;
}

bool final_refusal(Reason reason) {
  switch (reason) {
    case Reason::protocol_version:
    case Reason::unknown_member:
    case Reason::revoked:
    case Reason::not_permitted:
    case Reason::unknown_item:
    case Reason::too_large: return true;
    default: return false;
  }
}

cli::Text advice(Reason reason) {
  switch (reason) {
    case Reason::protocol_version:
      return {"このプログラムの版はブローカーと合いません。更新してください",
              "this program and the broker speak different versions of the protocol: update the older one"};
    case Reason::unknown_member:
      return {"この組織は登録されていません。登録機関に確認してください",
              "this organisation is not enrolled: ask the registrar"};
    case Reason::revoked:
      return {"この組織の登録は失効しているか、有効期間外です。登録機関に確認してください",
              "this organisation's enrolment was revoked or is outside its validity: ask the registrar"};
    case Reason::not_permitted:
      return {"この組織にはこの操作の権限がありません。登録機関に権限の追加を依頼してください",
              "this organisation's enrolment does not allow this: ask the registrar for the role"};
    case Reason::unknown_item:
      return {"ブローカーのマトリックスにない項目です。マトリックスの版を確認してください",
              "the broker's matrix has no such topic: compare the versions of the matrix"};
    case Reason::too_large:
      return {"要求が大きすぎます。トピックを減らしてください", "the request is too large: name fewer topics"};
    case Reason::shutting_down: return {"ブローカーは停止中です", "the broker is shutting down"};
    case Reason::rate_limited:
      return {"ブローカーが混雑しているか、一度に求めすぎました",
              "the broker is busy, or was asked for too much at once"};
    default:
      return {"ブローカーが要求を理解できませんでした。版を確認してください",
              "the broker did not understand the request: compare the versions of both programs"};
  }
}

}  // namespace noroshi::client
