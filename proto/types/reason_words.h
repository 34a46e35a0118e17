// What each reason means and what to do about it, in Japanese: the detail of a rejection is English and names what only
// this case knows. docs/reasons.md has the same words; a test compares them.
#pragma once

#include <array>

#include "proto/types/reason.h"

namespace noroshi {

struct ReasonWords {
  Reason reason;
  std::string_view meaning;
  std::string_view remedy;
  bool says_all = false;  // no detail adds anything to it
};

inline constexpr std::array<ReasonWords, kReasons.size()> kReasonWords{{
    {Reason::malformed, "読み取れないか、あり得ない内容です", "括弧内の指摘に従って直してください"},
    {Reason::too_large, "大きさか件数の上限を超えています", "短くするか、添付の代わりにリンクを記載してください"},
    {Reason::protocol_version, "プロトコルの版が合いません", "プログラムを更新してください"},
    {Reason::unknown_member, "登録されていない鍵です", "登録機関に確認してください"},
    {Reason::revoked, "登録が失効しているか、有効期間外です", "登録機関に確認してください"},
    {Reason::not_permitted, "この操作の権限がありません", "必要な権限を登録機関に依頼してください"},
    {Reason::unknown_item, "マトリックスにない項目です", "noroshi-publisher items で項目を確認してください"},
    {Reason::unknown_field, "この項目にない欄です", "noroshi-publisher template で欄を確認してください"},
    {Reason::missing_field, "必要な内容がありません", "示された欄に記入してください"},
    {Reason::title_missing, "題名がありません", "title.ja か title.en に記入してください", true},
    {Reason::tlp_missing, "TLP のラベルがありません",
     "tlp に CLEAR、GREEN、AMBER、AMBER+STRICT、RED のどれかを指定してください", true},
    {Reason::tlp_invalid, "TLP のラベルではありません",
     "tlp を CLEAR、GREEN、AMBER、AMBER+STRICT、RED のどれかに直してください"},
    {Reason::audience_required, "このラベルには配布先の指定が必要です",
     "audience を指定してください (RED は組織を名指しで)"},
    {Reason::audience_unknown, "配布先に、存在しない分野・区分・組織があります", "audience の id を確認してください"},
    {Reason::source_mismatch, "送信者の情報源ではありません", "source は書かないでください (自動で入ります)"},
    {Reason::organization_mismatch, "他の組織の報告です", "自組織の報告だけを送ってください"},
    {Reason::signature_invalid, "署名が内容と合いません",
     "もう一度送ってください。繰り返すときは運用者に連絡してください"},
    {Reason::key_unknown, "送信者のものとして登録されていない鍵で署名されています", "鍵を登録してください"},
    {Reason::clock_skew, "発行日時が未来になっています", "時計を合わせてください"},
    {Reason::expired, "届く前に有効期限が切れています", "発行し直してください"},
    {Reason::id_conflict, "同じ id で内容の異なる報告が既にあります", "新しい id を付けてください"},
    {Reason::relation_unknown, "関連先の報告が見つかりません", "関連先を先に送るか、その id を確認してください"},
    {Reason::relation_forbidden, "その報告にこの関連付けができるのは、発信元か NISC だけです",
     "REFERENCE を使ってください"},
    {Reason::rate_limited, "一度に送る量が多すぎます", "しばらく待って、もう一度送ってください", true},
    {Reason::storage_full, "ブローカーの記録領域が足りません", "運用者に連絡してください"},
    {Reason::shutting_down, "ブローカーは停止処理中です", "しばらく待って、もう一度送ってください", true},
    {Reason::unexpected_message, "この状態や窓口では受け付けられない要求です", "プログラムを更新してください"},
}};

constexpr const ReasonWords& words_of(Reason reason) {
  for (const ReasonWords& each : kReasonWords)
    if (each.reason == reason) return each;
  return kReasonWords.front();
}

}  // namespace noroshi
