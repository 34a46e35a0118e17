#include "auditor/finding.h"

namespace noroshi::auditor {

Text words(Fault fault) {
  switch (fault) {
    case Fault::out_of_order:
      return {"番号が続いていません。記録が抜けたか、加えられたか、並べ替えられています",
              "the numbers do not follow each other: entries were dropped, inserted or reordered"};
    case Fault::time_backwards: return {"記録時刻が前の記録より前です", "it was recorded before the entry before it"};
    case Fault::unreadable: return {"本文が、その種類のものとして読めません", "its body is not what its kind says"};
    case Fault::member_not_signed:
      return {"会員の登録に、登録機関の正しい署名がありません", "the registrar has not signed this enrolment"};
    case Fault::member_outdated:
      return {"登録機関がより新しい登録に署名した後の、古い登録です。失効や鍵の交換が取り消されたように見えます",
              "the registrar had signed a newer enrolment of this member before: a revocation or a change of keys "
              "looks undone"};
    case Fault::signer_unknown:
      return {"署名した鍵が、その時点までに登録された会員のものではありません",
              "it is signed with a key that no enrolment before it names"};
    case Fault::signer_out_of_time:
      return {"記録の時点で、署名した会員の登録または鍵が有効ではありません",
              "its signer's enrolment or key did not hold when it was recorded"};
    case Fault::signature_invalid: return {"署名が本文に合いません", "its signature does not fit its bytes"};
    case Fault::rewritten:
      return {"以前のチェックポイントと一致しません。ログの過去が書き換えられています",
              "it does not agree with an earlier checkpoint: the log's past was rewritten"};
    case Fault::shortened:
      return {"以前のチェックポイントより短い。記録が失われたか、以前に作られたものです",
              "it ends before an earlier checkpoint: entries are lost, or it was made before that checkpoint"};
    case Fault::incomplete:
      return {"チェックポイントにある数の記録がありません", "there are not as many entries as the checkpoint says"};
    case Fault::root_mismatch:
      return {"記録から求めた根が、署名されたものと違います。記録のどれかが変えられています",
              "the entries lead to another root than the signed one: some entry was changed"};
    case Fault::checkpoint_invalid:
      return {"このログの正しいチェックポイントではありません", "it is no valid checkpoint of this log"};
    case Fault::proof_invalid: return {"証明が成り立ちません", "the proof does not hold"};
    case Fault::key_mismatch: return {"手元の鍵と、相手の示す鍵が違います", "its key is not the one that you gave"};
    case Fault::damaged: return {"ファイルが壊れています", "the file is damaged"};
    case Fault::other_tree_seen:
      return {
          "受領の署名の中で、会員がこのログのものではない木を見たと言っています。別のログを見せられたか、ログが"
          "以前のバックアップに戻されています",
          "a member says in a signed receipt that it saw a tree that this log never had: it was shown another log, or "
          "the "
          "log was put back from a backup"};
    case Fault::wrongly_hidden:
      return {"隠されることのない種類の記録が、葉だけで示されています。会員の登録や失効が隠されているかもしれません",
              "it is shown as a leaf only, and is of a kind that is never hidden: somebody's enrolment or revocation "
              "may be "
              "in it"};
    case Fault::report_twice:
      return {"同じ ID の報告が、すでに記録されています", "a report of this id is recorded before it"};
  }
  return {"", ""};
}

std::string describe(const Finding& finding) {
  std::string out = finding.seq == Seq{} ? "" : "#" + std::to_string(finding.seq.value) + ": ";
  out += say(words(finding.fault));
  return finding.detail.empty() ? out : out + " (" + finding.detail + ")";
}

}  // namespace noroshi::auditor
