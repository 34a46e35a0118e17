// What a durable append costs with and without the mirror: the same batches into two logs, in turn, so that both meet the
// same noise.
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "broker/store/mirror.h"
#include "broker/store/sqlite_log.h"
#include "proto/wire/signing.h"

namespace {

using namespace noroshi;
namespace fs = std::filesystem;

std::vector<store::NewEntry> batch(std::uint64_t first, std::size_t count, std::size_t body) {
  std::vector<store::NewEntry> out;
  for (std::uint64_t seq = first; seq < first + count; ++seq) {
    Entry entry;
    entry.seq = Seq{seq};
    entry.recorded_at = Micros{static_cast<std::int64_t>(seq) * 1000};
    entry.kind = EntryKind::report;
    entry.lane = Lane::urgent;
    entry.salt = wire::random_salt();
    entry.body = wire::random_bytes(body);
    entry.leaf = wire::leaf_of(entry.salt, entry.body);
    out.push_back({entry, wire::make_uuidv7(entry.recorded_at)});
  }
  return out;
}

class Times {
 public:
  void add(std::chrono::steady_clock::duration time) {
    micros_.push_back(std::chrono::duration<double, std::micro>(time).count());
  }
  double quantile(double q) {
    std::sort(micros_.begin(), micros_.end());
    return micros_[static_cast<std::size_t>(q * static_cast<double>(micros_.size() - 1))];
  }

 private:
  std::vector<double> micros_;
};

void measure(const fs::path& folder, std::size_t entries, std::size_t body, int turns) {
  fs::create_directories(folder / "mirror");
  store::SqliteLog alone(folder / "alone.sqlite");
  store::SqliteLog mirrored(folder / "mirrored.sqlite");
  mirrored.keep(std::make_unique<store::Mirror>(folder / "mirror", store::Signer{"bench", wire::make_signing_key()}));
  Times times[2];
  for (int turn = 0; turn < turns; ++turn) {
    const auto next = batch(alone.head().value + 1, entries, body);
    for (int i = 0; i < 2; ++i) {
      store::SqliteLog& log = (turn + i) % 2 == 0 ? alone : mirrored;
      const auto begin = std::chrono::steady_clock::now();
      log.append(next);
      times[(turn + i) % 2].add(std::chrono::steady_clock::now() - begin);
    }
    if (turn % 50 == 0) alone.rest(), mirrored.rest();
  }
  for (const double q : {0.1, 0.5, 0.99})
    std::printf("%4zu entries of %5zu bytes, p%-2.0f: alone %8.0f us, with mirror %8.0f us, ratio %.2f\n", entries,
                body, q * 100, times[0].quantile(q), times[1].quantile(q), times[1].quantile(q) / times[0].quantile(q));
  fs::remove_all(folder);
}

}  // namespace

int main(int argc, char** argv) {
  std::string name = (argc > 1 ? fs::path(argv[1]) : fs::temp_directory_path()) / "noroshi-append-XXXXXX";
  if (!::mkdtemp(name.data())) {
    std::cerr << name << ": cannot be made; name a folder on the disk to be measured\n";
    return 1;
  }
  const fs::path folder = name;
  measure(folder, 1, 700, 1500);
  measure(folder, 20, 700, 500);
  measure(folder, 1, 100'000, 200);
  fs::remove_all(folder);
}
