// The words for what a report holds as codes. Pure; any thread.
#pragma once

#include <string_view>

#include "noroshi/v1/report.pb.h"
#include "proto/cli/cli.h"
#include "proto/types/names.h"

namespace noroshi::cli {

inline Micros time_of(const google::protobuf::Timestamp& t) {
  return Micros{t.seconds() * kMicrosPerSecond + t.nanos() / 1000};
}

inline Text lane_word(Lane lane) { return lane == Lane::urgent ? Text{"緊急", "URGENT"} : Text{"定期", "BATCHED"}; }

inline Text drill_mark(Status status) {
  return status == Status::exercise ? Text{"【訓練】", "【EXERCISE】"} : Text{"【試験】", "【TEST】"};
}

inline Text drill_words(Status status) {
  return status == Status::exercise ? Text{"これは訓練です。実際に起きたことではありません。",
                                           "THIS IS AN EXERCISE. It is not happening for real."}
                                    : Text{"これは試験です。実際に起きたことではありません。",
                                           "THIS IS A TEST. It is not happening for real."};
}

inline Text withdrawal_mark(Relation relation) {
  return relation == Relation::cancel ? Text{"【取消】", "【WITHDRAWN】"} : Text{"【訂正あり】", "【CORRECTED】"};
}

// Of a report that does something to an earlier one: under the same title it would pass for a second alarm.
inline Text follower_mark(const v1::Report& report) {
  switch (report.relates_to().relation()) {
    case v1::RelatesTo::CANCEL: return {"【取消の報告】", "【WITHDRAWAL】"};
    case v1::RelatesTo::CORRECTION: return {"【訂正の報告】", "【CORRECTION】"};
    case v1::RelatesTo::UPDATE: return {"【続報】", "【UPDATE】"};
    default: return {"", ""};
  }
}

inline Text expiry_mark() { return {"【期限切れ】", "【EXPIRED】"}; }

inline Text status_word(Status status) {
  switch (status) {
    case Status::exercise: return {"訓練", "exercise"};
    case Status::test: return {"試験", "test"};
    case Status::actual: break;
  }
  return {"本番", "live"};
}

// In English a tier is called what it is called in files; so is one that we do not know.
inline Text tier_word(std::string_view tier) {
  const auto known = value_in(kTiers, tier);
  if (!known) return {tier, tier};
  switch (*known) {
    case Tier::nisc: return {"NISC", tier};
    case Tier::ministry: return {"所管省庁", tier};
    case Tier::ceptoar: return {"セプター", tier};
    case Tier::operator_: return {"事業者", tier};
    case Tier::vendor: return {"ベンダー", tier};
    case Tier::research: return {"研究機関", tier};
    case Tier::auditor: return {"監査", tier};
  }
  return {tier, tier};
}

inline Text state_word(v1::Section::State state) {
  switch (state) {
    case v1::Section::INVESTIGATING: return {"調査中", "under investigation"};
    case v1::Section::NONE: return {"なし", "none"};
    case v1::Section::UNKNOWN: return {"不明", "unknown"};
    default: return {"", ""};
  }
}

inline Text relation_word(v1::RelatesTo::Relation relation) {
  switch (relation) {
    case v1::RelatesTo::UPDATE: return {"続報", "update of"};
    case v1::RelatesTo::CORRECTION: return {"訂正", "correction of"};
    case v1::RelatesTo::CANCEL: return {"取消", "cancels"};
    case v1::RelatesTo::COMMENT: return {"見解", "comment on"};
    case v1::RelatesTo::SUMMARY: return {"とりまとめ", "summary of"};
    default: return {"参照", "refers to"};
  }
}

inline Text signature_word(std::string_view signature) {
  if (signature == "valid") return {"正しい", "valid"};
  if (signature == "invalid") return {"不正 - この内容を信用しないでください", "INVALID - do not trust this report"};
  return {"確認できません (鍵が不明)", "cannot be checked (key unknown)"};
}

inline Colour signature_colour(std::string_view signature) {
  if (signature == "valid") return Colour::green;
  return signature == "invalid" ? Colour::red : Colour::yellow;
}

inline Colour label_colour(std::string_view tlp) {
  if (tlp == "RED") return Colour::red;
  if (tlp.starts_with("AMBER")) return Colour::yellow;
  return tlp == "GREEN" ? Colour::green : Colour::bold;  // CLEAR is white
}

}  // namespace noroshi::cli
