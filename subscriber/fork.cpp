#include "subscriber/fork.h"

#include "proto/cli/cli.h"
#include "proto/wire/signing.h"

namespace noroshi::subscriber {

Text words(Breach breach) {
  switch (breach) {
    case Breach::split:
      return {
          "大きさが同じで根の違う2つのチェックポイントに、ブローカーのログの鍵で署名があります。相手によって違うログを"
          "見せているか、ログが作り直されています",
          "the log's key has signed two checkpoints of one size with different roots: the broker shows different logs "
          "to different members, or its log was made anew"};
    case Breach::rewound:
      return {
          "ブローカーのログが、以前に署名した大きさより短くなっています。失われた記録があります (古いバックアップからの"
          "復元など)",
          "the broker's log is shorter than it once signed: entries are lost, as after a restore from an older backup"};
    case Breach::rewritten:
      return {
          "ブローカーのいまのログは、以前に署名したログの続きではありません。過去が書き換えられたか、古い"
          "バックアップに戻したうえで続けられています",
          "the broker's log does not continue the one that it once signed: its past was rewritten, or it was put back "
          "from an older backup and went on"};
    case Breach::dropped:
      return {
          "受信箱にある報告が、ブローカーのいまのログにありません。古いバックアップに戻したうえで続けられているか、"
          "ログにないものが配信されています",
          "a report that is in the inbox is not in the broker's log: the log was put back from an older backup and "
          "went "
          "on, or what was delivered never was in it"};
  }
  return {"", ""};
}

boost::json::object fork_json(const Fork& fork) {
  boost::json::object out{
      {"breach", name_of(fork.breach)}, {"at", cli::rfc3339(fork.at)}, {"known", fork.known}, {"shown", fork.shown}};
  if (fork.entry) out["entry"] = {{"seq", fork.entry->seq.value}, {"leafHash", wire::to_hex(fork.entry->leaf)}};
  return out;
}

}  // namespace noroshi::subscriber
