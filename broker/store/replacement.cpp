#include "broker/store/replacement.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "broker/store/mirror.h"
#include "proto/types/words.h"
#include "proto/wire/files.h"

namespace noroshi::store {
namespace {

void well(const fs::path& file, bool done) {
  if (!done)
    throw StorageError(file.string() + say({": 変更できません: ", ": cannot be changed: "}) + std::strerror(errno) +
                       say({"。ディスクの空き、所有者、属性を確認してください",
                            "; check the space on the disk, the owner and the mode"}));
}

bool there(const fs::path& file) {
  struct stat info {};
  return ::lstat(file.c_str(), &info) == 0;
}

void sync(const fs::path& file) {
  const wire::Descriptor open(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  well(file, open.fd >= 0 && ::fsync(open.fd) == 0);
}

void sync_folder(const fs::path& folder) {
  errno = wire::sync_folder(folder);
  well(folder, errno == 0);
}

void move(const fs::path& from, const fs::path& to) { well(from, ::rename(from.c_str(), to.c_str()) == 0); }

// Again, if it has been made before.
void make_folder(const fs::path& folder) { well(folder, ::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST); }

void move_segments(const fs::path& from, const fs::path& to) {
  for (const Segment& segment : segments_of(from)) move(segment.file, to / segment.file.filename());
  sync_folder(to);
  sync_folder(from);
}

fs::path beside(const fs::path& file, const std::string& suffix) { return file.string() + suffix; }
fs::path new_database(const fs::path& database) { return beside(database, ".new"); }
fs::path new_mirror(const fs::path& mirror) { return mirror / "new"; }
fs::path plan_file(const fs::path& database) { return beside(database, ".replacing"); }
fs::path folder_of(const fs::path& database) { return fs::absolute(database).parent_path(); }

// As a file: four lines, of which the last is a path.
struct Plan {
  std::string time;
  bool database = false;
  std::string mirror;  // one of kKeep, kSetAside, kReplace
  fs::path mirror_folder;
};
constexpr std::string_view kKeep = "keep", kSetAside = "set aside", kReplace = "replace";

fs::path database_aside(const fs::path& database, const std::string& time) {
  return beside(database, ".damaged-" + time);
}
fs::path mirror_aside(const fs::path& mirror, const std::string& time) { return mirror / ("damaged-" + time); }

// A data directory may be moved before it is opened again, and a mirror in it with it.
fs::path written(const fs::path& mirror, const fs::path& database) {
  const fs::path whole = fs::absolute(mirror).lexically_normal();
  const fs::path from_here = whole.lexically_relative(folder_of(database).lexically_normal());
  return from_here.empty() || *from_here.begin() == ".." ? whole : from_here;
}

void write(const Plan& plan, const fs::path& database) {
  const fs::path file = plan_file(database);
  errno = wire::put_file(file, plan.time + "\n" + std::string(plan.database ? kReplace : kKeep) + "\n" + plan.mirror +
                                   "\n" + written(plan.mirror_folder, database).string());
  well(file, errno == 0);
}

Plan read(const fs::path& database) {
  Plan out;
  std::ifstream in(plan_file(database), std::ios::binary);
  std::string word, folder;
  std::getline(in, out.time);
  std::getline(in, word);
  std::getline(in, out.mirror);
  std::getline(in, folder, '\0');
  out.database = word == kReplace;
  out.mirror_folder = folder_of(database) / folder;
  const bool known = out.mirror == kKeep || out.mirror == kSetAside || out.mirror == kReplace;
  if (!in.eof() || folder.empty() || !known || (word != kKeep && word != kReplace))
    throw StorageError(plan_file(database).string() +
                       say({": 読めません。noroshi-broker restore でバックアップから新しいディレクトリに戻してください",
                            ": cannot be read; restore a backup into a new directory with noroshi-broker restore"}));
  return out;
}

void place_database(const fs::path& database, const std::string& time) {
  const fs::path fresh = new_database(database);
  if (!there(fresh)) return;  // it is in its place
  const fs::path aside = database_aside(database, time);
  // Its write-ahead log goes first, and for good: it would be taken for the new database's.
  if (there(beside(database, "-wal"))) move(beside(database, "-wal"), beside(aside, "-wal"));
  ::unlink(beside(database, "-shm").c_str());
  if (there(database)) well(aside, ::link(database.c_str(), aside.c_str()) == 0 || errno == EEXIST);
  sync_folder(folder_of(database));
  move(fresh, database);
  sync_folder(folder_of(database));
}

void place_mirror(const Plan& plan) {
  const fs::path& mirror = plan.mirror_folder;
  const fs::path fresh = new_mirror(mirror), placing = mirror / "placing";
  const bool replaces = plan.mirror == kReplace;
  if (replaces ? there(fresh) : !segments_of(mirror).empty()) {
    const fs::path aside = mirror_aside(mirror, plan.time);
    make_folder(aside);
    move_segments(mirror, aside);
    if (replaces) move(fresh, placing);  // from now on those in the mirror are the new ones
    sync_folder(mirror);
  }
  if (!replaces || !there(placing)) return;
  move_segments(placing, mirror);
  well(placing, ::rmdir(placing.c_str()) == 0);
  sync_folder(mirror);
}

}  // namespace

std::vector<fs::path> finish_replacement(const fs::path& database) {
  std::vector<fs::path> out;
  if (!there(plan_file(database))) return out;
  const Plan plan = read(database);
  if (plan.database) place_database(database, plan.time);
  if (plan.mirror != kKeep) place_mirror(plan);
  well(plan_file(database), ::unlink(plan_file(database).c_str()) == 0);
  sync_folder(folder_of(database));
  for (const fs::path& aside : {database_aside(database, plan.time), mirror_aside(plan.mirror_folder, plan.time)})
    if (there(aside)) out.push_back(aside);
  return out;
}

void refuse_if_pending(const fs::path& database) {
  if (there(plan_file(database)))
    throw StorageError(
        database.string() +
        say({": restore か rebuild が途中で止まっています。ブローカーを起動するか、もう一度実行すると完了します",
             ": a restore or rebuild was interrupted; start the broker, or run it again, and it will be completed"}));
}

Replacement::Replacement(fs::path database, fs::path mirror)
    : database_(std::move(database)), mirror_(std::move(mirror)) {
  finish_replacement(database_);
  clear();
}

// With a plan there they are what the next one needs.
Replacement::~Replacement() {
  if (!there(plan_file(database_))) clear();
}

void Replacement::clear() const {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) fs::remove(beside(database(), suffix), ignored);
  fs::remove_all(new_mirror(mirror_), ignored);
}

fs::path Replacement::database() const { return new_database(database_); }

fs::path Replacement::mirror() const {
  make_folder(mirror_);
  make_folder(new_mirror(mirror_));
  return new_mirror(mirror_);
}

std::vector<fs::path> Replacement::put_in_place(Database database, Mirror mirror, const std::string& time) const {
  Plan plan{time, database == Database::replace,
            std::string(mirror == Mirror::keep        ? kKeep
                        : mirror == Mirror::set_aside ? kSetAside
                                                      : kReplace),
            mirror_};
  for (int again = 2; there(database_aside(database_, plan.time)) || there(mirror_aside(mirror_, plan.time)); ++again)
    plan.time = time + "-" + std::to_string(again);
  if (plan.database) sync(new_database(database_));
  if (mirror == Mirror::replace) sync_folder(new_mirror(mirror_));
  sync_folder(folder_of(database_));
  write(plan, database_);
  return finish_replacement(database_);
}

}  // namespace noroshi::store
