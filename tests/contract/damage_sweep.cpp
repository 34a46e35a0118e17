// Every damage to the files of a log and its mirror is noticed before a wrong byte leaves, or makes no difference: what is
// read after a start is what was written, byte for byte, or the start or the read says that it is not. And whatever one
// side suffered, rebuild makes it good from the other.
//
//   damage_sweep [STEP [CALAMITIES [ENTRIES [AT_ONCE]]]]
//
// Of a log of 200 entries every STEPth octet is flipped (default 1: all of them); a log of ENTRIES (2000) suffers so many
// CALAMITIES (600), AT_ONCE (1) of them in one file before it is judged, which for a long log takes seconds. One entry that is
// refused excuses no other: whatever leaves is compared. Prints what became of them.
#include <algorithm>
#include <array>
#include <charconv>
#include <iostream>
#include <random>

#include "broker/store/check.h"
#include "broker/store/rebuild.h"
#include "proto/tlog/entry_leaf.h"
#include "tests/contract/mirrored.h"

using namespace noroshi;
using namespace noroshi::store;
using namespace noroshi::store::test;

namespace {

ReportId id_of(const Entry& entry) { return report_id(entry.seq.value); }

// The four files as they were, and put back for each damage.
class Store {
 public:
  explicit Store(std::uint64_t entries) : entries_(entries) {
    Mirrored original;
    original.start();
    // Half in the database, half in its write-ahead log, which is a fourth of what it would be entry by entry.
    fill(original.log(), entries / 2, entries < 10'000 ? 10 : 500);
    older_ = files_of(original);
    original.log().rest();
    fill(original.log(), entries, std::min<std::uint64_t>(entries / 2, 500));
    signer = original.signer;
    files_ = files_of(original);
    for (std::uint64_t seq = 1; seq <= entries; ++seq) {
      Entry entry = make(seq).entry;
      entry.seq = Seq{seq};
      tree_[0].push_back(tlog::leaf_hash(entry));
    }
    for (std::size_t level = 1; level < tree_.size(); ++level)
      for (std::size_t i = 1; i < tree_[level - 1].size(); i += 2)
        tree_[level].push_back(tlog::node_hash(tree_[level - 1][i - 1], tree_[level - 1][i]));
  }
  enum Part { database, wal, segment };
  const std::string& bytes(Part part) const { return files_[part]; }
  const std::string& stale(Part part) const { return older_[part]; }
  fs::path file(Part part) const {
    return part == database ? base() : part == wal ? fs::path(base().string() + "-wal") : segment_file(mirror(), 1);
  }
  fs::path base() const { return folder_.path / "log.db"; }
  fs::path mirror() const { return folder_.path / "mirror"; }

  void fresh() const {
    for (const auto& each : fs::directory_iterator(folder_.path)) fs::remove_all(each.path());
    fs::create_directory(mirror());
    for (const Part part : {database, wal, segment}) put_bytes(file(part), files_[part]);
  }

  enum class End { same, refused, wrong };
  // What a broker that starts and reads everything gets: of each read by itself, and the worst of them.
  End start_and_read() const {
    End worst = End::same;
    bool lost = false;
    const auto reads = [&](const char* what, auto&& as_written) {
      try {
        if (as_written()) return;
        worst = End::wrong;
        std::cout << what << "\n";
      } catch (const StorageError&) {
        worst = std::max(worst, End::refused);
      }
    };
    reads("start", [&] {
      SqliteLog log(base(), IfMissing::refuse);
      auto joined = reconcile(log, base(), mirror(), signer, id_of);
      log.keep(std::move(joined.mirror));
      const auto reader = open_sqlite_reader(base());
      const std::uint64_t at_once = 100, stride = entries_ < 10'000 ? 1 : 97;  // of a long log's indexes a part
      for (std::uint64_t seq = 1; seq <= entries_; seq += at_once)
        reads("entries", [&] { return all_same(reader->read(Seq{seq}, {}, {at_once, 1u << 30}), at_once); });
      for (std::uint64_t seq = 1; seq <= entries_; seq += at_once)
        reads("members", [&] {
          return all_same(reader->read(Seq{seq}, {{EntryKind::member}, {}}, {at_once / 10, 1u << 30}), at_once / 10);
        });
      for (std::uint64_t seq = 1; seq <= entries_; seq += stride)
        if (seq % 10 != 0)
          reads("a report by its id", [&] {
            const auto entry = reader->find(report_id(seq));
            lost = lost || !entry;
            // Of another id the broker takes none: stored_report().
            return !entry || entry->seq == Seq{seq} || id_of(*entry) != report_id(seq);
          });
      for (std::size_t level = 0; level < tree_.size(); ++level)
        for (std::uint64_t index = 0; index < tree_[level].size(); index += stride)
          reads("the tree", [&] { return reader->tree_hash({static_cast<int>(level), index}) == tree_[level][index]; });
      return reader->head() == Seq{entries_};
    });
    // Not a wrong byte, but a promise: that it is there. The broker learns of it when it looks its log over.
    if (lost) worst = std::max(worst, sound() ? End::wrong : End::refused);
    return worst;
  }

  bool rebuilds() const {
    rebuild(base(), mirror(), signer, id_of, {}, "now");
    return start_and_read() == End::same && sound();
  }

  Signer signer;

 private:
  using Files = std::array<std::string, 3>;  // by Part
  static Files files_of(const Mirrored& log) {
    return {bytes_of(log.database()), bytes_of(log.database().string() + "-wal"), bytes_of(log.newest_segment())};
  }
  static NewEntry make(std::uint64_t seq) { return seq % 10 == 0 ? other(seq, EntryKind::member) : report(seq); }
  static void fill(Log& log, std::uint64_t upto, std::uint64_t each) {
    while (log.head().value < upto) {
      std::vector<NewEntry> batch;
      for (std::uint64_t i = 1; i <= each; ++i) batch.push_back(make(log.head().value + i));
      log.append(batch);
    }
  }
  bool same(const Entry& entry) const {
    const std::uint64_t seq = entry.seq.value;
    const Entry as = make(seq).entry;
    return entry.body == as.body && entry.recorded_at == as.recorded_at && entry.kind == as.kind &&
           entry.lane == as.lane && entry.salt == as.salt && entry.leaf == as.leaf;
  }
  bool all_same(const ReadResult& read, std::size_t expected) const {
    return read.entries.size() == expected &&
           std::all_of(read.entries.begin(), read.entries.end(), [&](const Entry& each) { return same(each); });
  }
  bool sound() const { return check(base(), mirror(), signer.verifier(), id_of).damages.empty(); }

  std::uint64_t entries_;
  TempFolder folder_;
  Files files_, older_;
  std::array<std::vector<Hash>, 20> tree_;  // by level, of complete subtrees
};

struct Count {
  std::size_t same = 0, refused = 0, wrong = 0, unrepaired = 0;
};

// The damage has been done.
void judge(const Store& store, bool repair, Count& count, const std::string& what) {
  switch (store.start_and_read()) {
    case Store::End::same: ++count.same; break;
    case Store::End::refused: ++count.refused; break;
    case Store::End::wrong:
      ++count.wrong;
      std::cout << "WRONG " << what << "\n";
      break;
  }
  if (!repair) return;
  try {
    if (store.rebuilds()) return;
    std::cout << "NOT REPAIRED " << what << "\n";
  } catch (const std::exception& error) {
    std::cout << "NOT REPAIRED " << what << ": " << error.what() << "\n";
  }
  ++count.unrepaired;
}

const char* name_of(Store::Part part) {
  return part == Store::database ? "database" : part == Store::wal ? "write-ahead log" : "mirror";
}

bool sweep(const Store& store, std::size_t step) {
  bool well = true;
  for (const Store::Part part : {Store::database, Store::wal, Store::segment}) {
    Count count;
    std::string bytes = store.bytes(part);
    for (std::size_t at = 0, turn = 0; at < bytes.size(); at += step, ++turn) {
      store.fresh();
      const char before = bytes[at];
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << at % 8);
      put_bytes(store.file(part), bytes);
      bytes[at] = before;
      judge(store, turn % 16 == 0, count, std::string(name_of(part)) + ", octet " + std::to_string(at));
    }
    std::cout << name_of(part) << ": " << (bytes.size() + step - 1) / step << " octets flipped: " << count.same
              << " made no difference, " << count.refused << " refused, " << count.wrong << " wrong, "
              << count.unrepaired << " not repaired" << std::endl;
    well = well && count.wrong == 0 && count.unrepaired == 0;
  }
  return well;
}

using Chance = std::mt19937_64;

// What a disk does to a place in a file; says what it was.
std::string hurt(std::string& bytes, Chance& chance) {
  const std::size_t page = 4096, pages = bytes.size() / page;
  const std::size_t at = chance() % bytes.size(), from = at / page * page, size = std::min(page, bytes.size() - from);
  std::string what;
  switch (chance() % 4) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << chance() % 8);
      what = "bit";
      break;
    case 1:
      bytes.replace(from, size, size, '\0');
      what = "zeroed page";
      break;
    case 2: {
      const std::size_t a = chance() % pages * page, b = chance() % pages * page;
      std::swap_ranges(bytes.begin() + static_cast<std::ptrdiff_t>(a),
                       bytes.begin() + static_cast<std::ptrdiff_t>(a + page),
                       bytes.begin() + static_cast<std::ptrdiff_t>(a == b ? (b == 0 ? page : 0) : b));
      what = "swapped pages";
      break;
    }
    default: bytes.replace(from, size, bytes.substr(0, size)); what = "page overwritten with another";
  }
  return what + " at " + std::to_string(at) + "; ";
}

// What people do to a file, and disks where it could grow no more.
std::string hurt_whole(std::string& bytes, const std::string& stale, Chance& chance) {
  if (chance() % 2 == 0) {
    bytes = stale;
    return "stale copy";
  }
  bytes.resize(chance() % bytes.size());
  return "truncated to " + std::to_string(bytes.size());
}

bool calamities(const Store& store, std::size_t all, std::size_t at_once) {
  Chance chance(20260601);
  Count count;
  for (std::size_t suffered = 0, turn = 0; suffered < all; ++turn) {
    const auto part = static_cast<Store::Part>(turn % 3);
    std::string bytes = store.bytes(part), what = std::string(name_of(part)) + ", ";
    if (chance() % 6 < 2) {
      what += hurt_whole(bytes, store.stale(part), chance);
      ++suffered;
    } else {
      for (std::size_t each = 0; each < at_once && suffered < all; ++each, ++suffered) what += hurt(bytes, chance);
    }
    store.fresh();
    put_bytes(store.file(part), bytes);
    judge(store, true, count, what);
    if (turn % 100 == 99) std::cout << suffered << " of " << all << " calamities" << std::endl;
  }
  std::cout << all << " calamities, " << at_once << " at once: " << count.same << " times no difference, "
            << count.refused << " refused, " << count.wrong << " wrong, " << count.unrepaired << " not repaired"
            << std::endl;
  return count.wrong == 0 && count.unrepaired == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int index, std::size_t otherwise) {
    if (argc > index) std::from_chars(argv[index], argv[index] + std::string_view(argv[index]).size(), otherwise);
    return otherwise;
  };
  const bool swept = sweep(Store(200), number(1, 1));
  const bool endured = calamities(Store(number(3, 2000)), number(2, 600), number(4, 1));
  return swept && endured ? 0 : 1;
}
