// The promises of log and mirror over the store with bugs switched on, one at a time: the checks must notice.
#include "broker/store/planted.h"
#include "tests/contract/mirrored.h"
#include "tests/contract/sync_faults.h"
#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::store;
using namespace noroshi::store::test;

namespace {

struct Planted {
  explicit Planted(Bug bug) { planted_bug = bug; }
  ~Planted() { planted_bug = Bug::none; }
};

// Each: whether the promise is kept.
bool nothing_is_acknowledged_without_the_mirror() {
  Mirrored store;
  store.start();
  store.append(1);
  const std::vector batch{report(2)};
  mirror_sync_fails = true;
  bool acknowledged = true;
  try {
    store.log().append(batch);
  } catch (const StorageError&) {
    acknowledged = false;
  }
  store.stop();  // waits for the mirror
  mirror_sync_fails = false;
  return !acknowledged;
}

bool a_rotten_body_stays() {
  Mirrored store;
  store.start();
  store.append(3);
  run_sql(store.database(), "UPDATE entries SET body = CAST(x'ff' || substr(body, 2) AS BLOB) WHERE seq = 2");
  try {
    open_sqlite_reader(store.database())->read(Seq{1}, {}, {});
    return false;
  } catch (const StorageError&) {
    return true;
  }
}

bool another_log_is_not_completed() {
  Mirrored store, another;
  TempFolder copy;
  store.start();
  store.append(9);
  store.stop();
  another.start();
  another.log().append(std::vector{other(1, EntryKind::member)});
  another.stop();
  another.save(copy.path);
  store.restore_database(copy.path);
  try {
    store.start();
    return false;
  } catch (const StorageError&) {
    return true;
  }
}

struct Row {
  Bug bug;
  bool (*kept)();
};
const Row kRows[] = {{Bug::mirror_not_awaited, nothing_is_acknowledged_without_the_mirror},
                     {Bug::leaf_not_checked, a_rotten_body_stays},
                     {Bug::root_not_compared, another_log_is_not_completed}};

}  // namespace

TEST_CASE("each promise is kept, and its twin is caught") {
  for (const Row& row : kRows) {
    INFO("bug " << static_cast<int>(row.bug));
    CHECK(row.kept());
    const Planted planted(row.bug);
    CHECK_FALSE(row.kept());
  }
}
