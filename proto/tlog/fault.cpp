#include "proto/tlog/fault.h"

namespace noroshi::tlog {

Text words(Fault fault) {
  switch (fault) {
    case Fault::none: return {"問題はありません", "nothing is wrong"};
    case Fault::size_too_large:
      return {"木の大きさが 2^63-1 を超えています。送り元に確認してください",
              "the tree is larger than 2^63-1 leaves; ask whoever sent it"};
    case Fault::index_outside_tree:
      return {"この大きさの木に、その番号の葉はありません。番号は 0 からです",
              "a tree of this size has no leaf of that index; indexes count from 0"};
    case Fault::sizes_reversed:
      return {"古い木の方が新しい木より大きくなっています。順序を確かめてください",
              "the older tree is larger than the newer one; check their order"};
    case Fault::hash_missing:
      return {"木に必要なハッシュが保存されていません。記録を検査してください",
              "a hash that the tree needs is not stored; check the log"};
    case Fault::proof_length:
      return {"証明のハッシュの数が、木の大きさに合いません。証明を取り直してください",
              "the proof has too few or too many hashes for these sizes; fetch it anew"};
    case Fault::root_mismatch:
      return {"葉と証明から求めた根が、署名された根と違います。記録が改変されたか、別の葉の証明です",
              "leaf and proof lead to another root than the signed one: a changed log, or the proof of another leaf"};
    case Fault::old_root_mismatch:
      return {"証明から求めた古い根が、以前の根と違います。記録が書き換えられています",
              "the proof leads to another root of the older tree: the log was rewritten"};
    case Fault::too_long:
      return {"長すぎるか、署名が多すぎます (1 MB、100 件まで)",
              "too long, or too many signatures (1 MB and 100 at most)"};
    case Fault::not_utf8:
      return {"UTF-8 でないか、制御文字を含みます。受け取ったままのバイト列を使ってください",
              "not UTF-8, or with control characters; use the bytes as they were received"};
    case Fault::no_signatures:
      return {"空行とその後の署名行がありません。途中で切れていないか確かめてください",
              "no empty line with signature lines after it; check that it is complete"};
    case Fault::bad_signature_line:
      return {"署名行の形式は「— 名前 base64」です", "a signature line has the form '— name base64'"};
    case Fault::bad_key_name:
      return {"鍵の名前は、空白や + を含まない文字列です", "the name of a key is a text without spaces and plus signs"};
    case Fault::bad_verifier_key:
      return {"検証鍵の形式は「名前+ID+base64」です", "a verifier key has the form 'name+id+base64'"};
    case Fault::unknown_key_type:
      return {"この種類の鍵は扱えません (Ed25519 の 0x01 と 0x04 だけです)",
              "no key of a kind known here (Ed25519: 0x01 and 0x04)"};
    case Fault::key_id_mismatch:
      return {"検証鍵の ID が名前と鍵に合いません。写し間違いがないか確かめてください",
              "the id of the verifier key does not fit its name and key; check that it was copied well"};
    case Fault::ambiguous_key:
      return {"名前と ID の同じ検証鍵が 2 つ指定されています。1 つにしてください",
              "two of the given verifier keys have the same name and id; give one"};
    case Fault::signature_invalid:
      return {"署名が内容と合いません。改変されています", "a signature does not fit the text: it was changed"};
    case Fault::no_known_signature:
      return {"指定された鍵による署名がありません。検証鍵を確かめてください",
              "not signed by any of the given keys; check the verifier key"};
    case Fault::log_signature_missing:
      return {"立会人の署名はありますが、ログ自身の署名がありません", "signed by witnesses, but not by the log itself"};
    case Fault::bad_checkpoint:
      return {"チェックポイントの形式は、ログの名前、大きさ、根の 3 行と、任意の追加行です",
              "a checkpoint has three lines: origin, size, root; then perhaps more that are not empty"};
    case Fault::bad_number:
      return {"先頭に 0 のない 10 進数 (2^63-1 まで) で書いてください",
              "write a decimal number without leading zeros, at most 2^63-1"};
    case Fault::bad_hash:
      return {"32 バイトのハッシュの base64 ではありません", "not the base64 of a hash of 32 bytes"};
    case Fault::origin_mismatch:
      return {"別のログのチェックポイントです。検証鍵を確かめてください",
              "the checkpoint of another log; check the verifier key"};
    case Fault::bad_header:
      return {"1 行目は「c2sp.org/tlog-proof@v1」です", "the first line is 'c2sp.org/tlog-proof@v1'"};
    case Fault::bad_extra:
      return {"extra の行は「extra base64」で、空にはできません",
              "the extra line has the form 'extra base64', never empty"};
    case Fault::bad_index_line: return {"「index 番号」の行が必要です", "a line of the form 'index N' belongs here"};
    case Fault::unfinished:
      return {"チェックポイントの前で終わっています。途中で切れていないか確かめてください",
              "it ends before its checkpoint; check that it is complete"};
    case Fault::bad_tile_path:
      return {"タイルのパスではありません。例: tile/0/x001/x234/067", "no path of a tile, as tile/0/x001/x234/067"};
    case Fault::bad_bundle:
      return {"項目の長さが全体の長さと合いません。取り直してください",
              "the lengths of the entries do not add up; fetch it anew"};
  }
  return {};
}

std::string describe(const Problem& problem) {
  std::string out;
  if (problem.line != 0)
    out = spoken_language() == Language::ja ? std::to_string(problem.line) + " 行目: "
                                            : "line " + std::to_string(problem.line) + ": ";
  return out + say(words(problem.fault));
}

}  // namespace noroshi::tlog
