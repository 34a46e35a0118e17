// What a broker's refusal means to a client program, and in words what to do about it. Pure.
#pragma once

#include "proto/cli/cli.h"
#include "proto/types/reason.h"

namespace noroshi::client {

// Refused for now: worth trying again after a wait.
bool passes(Reason reason);
// Refused for good: nothing this program does by itself will change it.
bool final_refusal(Reason reason);

cli::Text advice(Reason reason);

// The CURVE handshake itself was refused: the broker does not know our transport key.
inline constexpr cli::Text kHandshakeRefused{
    "ブローカーがこの鍵での接続を拒否しました。登録されていないか、失効しています。登録機関に確認してください",
    "the broker refused this key: it is not enrolled, or it was revoked. Ask the registrar, and check that the "
    "credential "
    "belongs to this broker"};

}  // namespace noroshi::client
