#include "broker/runtime/restored.h"

#include <unistd.h>

#include <cerrno>

#include "broker/runtime/files.h"
#include "broker/store/sqlite_log.h"
#include "proto/types/words.h"
#include "proto/wire/files.h"

namespace noroshi::runtime {
namespace {

constexpr std::size_t kNoteBytes = 1u << 20;

fs::path note_file(const DataDirectory& data) { return data.root / "restored.checkpoint"; }

[[noreturn]] void refuse(const DataDirectory& data, const std::string& why) {
  fail(note_file(data),
       say({"復元したログは、このブローカーの鍵で署名されたものではありません (",
            "the log that was restored is not one that this broker's key has signed ("}) +
           why + ")",
       say({"keys/ が正しいか確認し、keys/ がある状態で、このブローカーのバックアップを noroshi-broker restore "
            "でもう一度復元してください",
            "see whether keys/ are the right ones; with keys/ in place, restore a backup of this broker again with "
            "noroshi-broker restore"}));
}

}  // namespace

void leave_to_be_judged(const DataDirectory& data, const std::string& note) {
  errno = wire::put_file(note_file(data), note);
  well(note_file(data), errno == 0);
  sync_folder(data.root);
}

void refuse_foreign_restore(const DataDirectory& data, const tlog::VerifierKey& key) {
  if (!wire::there(note_file(data))) return;
  const auto opened = tlog::open_checkpoint(read_whole(note_file(data), kNoteBytes), key);
  if (!opened) refuse(data, tlog::describe(opened.problem()));
  const tlog::Checkpoint& head = opened->checkpoint;
  const auto log = store::open_sqlite_reader(data.log());
  const auto root = tlog::root(head.size, [&](tlog::Node node) { return log->tree_hash(node); });
  if (!root || *root != head.root)
    refuse(data, say({"署名付きの見出しと違う記録です", "its entries are not those of its signed head"}));
}

void was_judged(const DataDirectory& data) {
  if (!wire::there(note_file(data))) return;
  well(note_file(data), ::unlink(note_file(data).c_str()) == 0);
  sync_folder(data.root);
}

}  // namespace noroshi::runtime
