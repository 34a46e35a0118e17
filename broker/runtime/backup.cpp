#include "broker/runtime/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "broker/runtime/draft.h"
#include "broker/runtime/files.h"
#include "broker/runtime/restored.h"
#include "broker/store/rebuild.h"
#include "broker/store/replacement.h"
#include "proto/types/words.h"
#include "proto/wire/files.h"

namespace noroshi::runtime {
namespace {

constexpr std::size_t kFileBytes = 4u << 20;
constexpr std::chrono::seconds kCommitTakes{5};
constexpr std::chrono::milliseconds kPause{10};
constexpr std::string_view kPublic[] = {"broker.toml", "matrix.toml", "sectors.toml", "keys/registrar.pub"};

// In the backup, beside what is in a data directory.
struct Layout {
  fs::path root;
  fs::path database() const { return root / "log.sqlite"; }
  fs::path checkpoint() const { return root / "checkpoint"; }
  fs::path verifier_key() const { return root / "verifier-key"; }  // for whoever has no other copy of it
  fs::path log_key() const { return root / "keys" / "log.key"; }
};

void make_folder(const fs::path& folder) { well(folder, ::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST); }

void sync_file(const fs::path& file) {
  const wire::Descriptor open(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  well(file, open.fd >= 0 && ::fsync(open.fd) == 0);
}

// What a backup has of the data directory besides the log; relative.
std::vector<std::string> names_in(const fs::path& root, bool with_keys) {
  std::vector<std::string> out(std::begin(kPublic), std::end(kPublic));
  if (!with_keys || !wire::there(root / "keys")) return out;
  for (const auto& each : fs::directory_iterator(root / "keys"))
    if (each.is_regular_file() && each.path().filename() != "registrar.pub")
      out.push_back("keys/" + each.path().filename().string());
  return out;
}

void refuse_if_damaged(const store::Findings& found) {
  if (found.damages.empty()) return;
  throw store::StorageError(found.damages.front().where + ": " + found.damages.front().what);
}

// `copy`: of the backup's database, which is what was looked at and is about to be removed.
void refuse_damaged_backup(const store::Findings& found, const fs::path& copy, const fs::path& backup) {
  if (found.damages.empty()) return;
  const auto& [side, where, what] = found.damages.front();
  const bool names_copy = what.find(copy.string()) != std::string::npos;  // and what to do about a log
  std::string damage = say({"バックアップが壊れています", "the backup is damaged"});
  if (where.starts_with(copy.string())) damage += where.substr(copy.string().size());
  if (!names_copy) damage += ": " + what;
  fail(backup, damage, say({"別のバックアップを使ってください", "use another backup"}));
}

// The newest signed head of the directory; none if it has none that can be read.
std::optional<tlog::Checkpoint> head_of(const fs::path& mirror, const tlog::VerifierKey& key, std::string* note) {
  const auto newest = store::newest_record(mirror);
  if (!newest || newest->note.empty()) return std::nullopt;
  const auto opened = tlog::open_checkpoint(newest->note, key);
  if (!opened) return std::nullopt;
  if (note) *note = newest->note;
  return opened->checkpoint;
}

void fill(const DataDirectory& data, const Foundation& foundation, const Layout& backup, bool with_keys,
          const store::Progress& progress, BackedUp& out) {
  const store::Signer signer = signer_of(foundation);
  refuse_foreign_restore(data, signer.verifier());
  std::string note = signer.sign({});  // before there is a mirror: at least that it is this log's
  const auto head = head_of(mirror_of(data, foundation.config), signer.verifier(), &note);
  // What the head counts is in the database, or its commit is under way; if not, the check of the copy says so.
  const auto give_up = std::chrono::steady_clock::now() + kCommitTakes;
  while (head && store::entries_of(data.log()) < head->size && std::chrono::steady_clock::now() < give_up)
    std::this_thread::sleep_for(kPause);
  store::copy_database(data.log(), backup.database());
  const auto found = store::check_copy(backup.database(), note, signer.verifier(), report_id_of, progress);
  refuse_if_damaged(found);
  out.entries = found.entries;
  out.checkpoint = tlog::sign_checkpoint({signer.origin, found.entries, found.root.value(), {}}, signer.key);
  for (const char* suffix : {"-wal", "-shm"}) ::unlink((backup.database().string() + suffix).c_str());
  sync_file(backup.database());
  write_new_file(backup.checkpoint(), out.checkpoint);
  write_new_file(backup.verifier_key(), tlog::to_text(signer.verifier()) + "\n");
  make_folder(backup.root / "keys");
  for (const std::string& name : names_in(data.root, with_keys))
    write_new_file(backup.root / name, read_whole(data.root / name, kFileBytes));
  sync_folder(backup.root / "keys");
  sync_folder(backup.root);
}

// Whether the directory can tell whose a backup is.
bool has_own_key(const DataDirectory& data) { return wire::there(data.log_key()) && wire::there(data.config()); }

// The key that the heads of this backup must be signed with: the directory's own, if it has one.
tlog::VerifierKey key_for(const Layout& backup, const DataDirectory& data) {
  std::string text = read_whole(backup.verifier_key(), kFileBytes);
  text.erase(text.find_last_not_of('\n') + 1);
  const auto said = tlog::parse_verifier_key(text);
  if (!said)
    fail(backup.verifier_key(), tlog::describe(said.problem()),
         say({"別のバックアップを使ってください", "use another backup"}));
  if (!has_own_key(data)) return *said;
  const tlog::VerifierKey own = tlog::log_key(load_config(data.config()).origin, load_keys(data).log.public_key);
  if (own != *said)
    fail(backup.root, say({"別のブローカーのバックアップです", "is a backup of another broker"}),
         say({"このブローカーのバックアップを使ってください", "use one of this broker"}));
  return own;
}

// Where the backup will be, by its own name: also of a link to an earlier one, and of "DIR/".
fs::path place_of(const fs::path& to) {
  std::error_code none;
  const fs::path place = fs::weakly_canonical(fs::absolute(to), none).lexically_normal();
  return place.has_filename() ? place : place.parent_path();
}

std::string why_accept() {
  return say({"noroshi-broker rebuild なら失わずに直せる場合があります。失ってよければ --accept-loss を付けてください",
              "noroshi-broker rebuild may repair it without loss; if they may be lost, add --accept-loss"});
}

// Of its first entries; the database has been checked.
Hash root_of(const fs::path& database, std::uint64_t size) {
  const auto reader = store::open_sqlite_reader(database);
  return *tlog::root(size, [&](tlog::Node node) { return reader->tree_hash(node); });
}

std::string range(std::uint64_t first, std::uint64_t last) {
  return "#" + std::to_string(first) + (first == last ? "" : "–#" + std::to_string(last));
}

}  // namespace

BackedUp make_backup(const DataDirectory& data, const fs::path& to, BackupOptions options,
                     const store::Progress& progress) {
  const fs::path place = place_of(to);
  const bool replaces = wire::there(place);
  if (replaces &&
      (!options.replace || !wire::there(Layout{place}.checkpoint()) || !wire::there(Layout{place}.database())))
    fail(place,
         options.replace ? say({"以前のバックアップではありません", "is no earlier backup"})
                         : say({"すでにあります", "is there already"}),
         say({"新しい名前にするか、以前のバックアップを --replace で置き換えてください",
              "choose a new name, or replace an earlier backup with --replace"}));
  const Foundation foundation = load_foundation(data);
  const PrivateUmask umask;
  Draft draft(place.string() + ".partial");
  BackedUp out;
  fill(data, foundation, {draft.folder()}, options.with_keys, progress, out);
  draft.put_in_place(place, replaces ? Draft::Place::has_earlier : Draft::Place::is_free);
  return out;
}

Restored restore_backup(const fs::path& from, const DataDirectory& data, bool accept_loss, Micros now,
                        const store::Progress& progress) {
  const Layout backup{from};
  if (!wire::there(backup.checkpoint()) || !wire::there(backup.database()))
    fail(from, say({"バックアップではありません", "is no backup"}),
         say({"noroshi-broker backup で作ったものを指定してください", "name one that noroshi-broker backup made"}));
  const bool judged = has_own_key(data);
  const tlog::VerifierKey key = key_for(backup, data);
  const PrivateUmask umask;
  make_folder(data.root);
  make_folder(data.log_key().parent_path());
  const Stopped stopped(data);

  Restored out;
  // The configuration says where the mirror is; what is there now is newer than what was saved.
  const Config config = load_config(wire::there(data.config()) ? data.config() : backup.root / "broker.toml");
  const fs::path mirror = mirror_of(data, config);
  const store::Replacement replacement(data.log(), mirror);
  const fs::path fresh = replacement.database();
  fs::copy_file(backup.database(), fresh);
  const std::string note = read_whole(backup.checkpoint(), kFileBytes);
  const auto found = store::check_copy(fresh, note, key, report_id_of, progress);
  const auto signed_head = tlog::open_checkpoint(note, key);
  refuse_damaged_backup(found, fresh, backup.database());
  out.entries = found.entries;
  if (signed_head->checkpoint.size != found.entries)
    fail(backup.checkpoint(), say({"ログの件数と違います", "is of another number of entries than the log"}),
         say({"別のバックアップを使ってください", "use another backup"}));

  const auto head = head_of(mirror, key, nullptr);
  const std::uint64_t in_database = store::entries_of(data.log());
  const std::uint64_t present = std::max(head ? head->size : 0, in_database);
  const auto newest = store::newest_record(mirror);
  const auto doubts =
      newest ? store::doubts(*newest, found.entries, in_database, in_database > 0 && in_database >= newest->size)
             : std::vector<store::Damage>();
  out.lost = present > found.entries ? present - found.entries : 0;
  const bool differs = head && out.lost == 0 && root_of(fresh, head->size) != head->root;
  if (out.lost == 0 && !differs && !doubts.empty() && !accept_loss)
    fail(doubts.front().where, doubts.front().what, why_accept());
  if ((out.lost > 0 || differs) && !accept_loss)
    fail(from,
         differs ? say({"このディレクトリの署名付きの見出しと違うログです",
                        "is not the log of this directory's signed head"})
                 : say({"このディレクトリより古く、失われる記録: ",
                        "is older than this directory; entries that would be lost: "}) +
                       range(found.entries + 1, present),
         why_accept());

  if (!judged) {
    leave_to_be_judged(data, note);
    out.believed = tlog::to_text(key);
  }
  out.set_aside = replacement.put_in_place(store::Replacement::Database::replace,
                                           out.lost > 0 || differs || (newest && newest->rotten_end)
                                               ? store::Replacement::Mirror::set_aside
                                               : store::Replacement::Mirror::keep,
                                           time_for_names(now));
  if (judged) was_judged(data);
  for (const std::string& name : names_in(backup.root, true)) {
    if (wire::there(data.root / name) || !wire::there(backup.root / name)) continue;
    errno = wire::put_file(data.root / name, read_whole(backup.root / name, kFileBytes));
    well(data.root / name, errno == 0);
    out.files.push_back(name);
  }
  sync_folder(data.log_key().parent_path());
  sync_folder(data.root);
  return out;
}

}  // namespace noroshi::runtime
