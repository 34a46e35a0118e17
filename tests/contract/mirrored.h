// A log with its mirror in a folder of their own, to be damaged from outside.
#pragma once

#include <fstream>
#include <iterator>

#include "broker/store/reconcile.h"
#include "tests/contract/log_fixture.h"

namespace noroshi::store::test {

inline std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void put_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

// The record of a segment that ends with the `size`th entry, as it was written.
inline std::string record_of(const std::string& segment, std::uint64_t size) {
  Pieces pieces(segment);
  while (const auto piece = pieces.next())
    if (piece->upto == size && !piece->record.entries.empty())
      return segment.substr(piece->begin, piece->end - piece->begin);
  return {};
}

class Mirrored {
 public:
  fs::path database() const { return folder_.path / "log.db"; }
  fs::path mirror() const { return folder_.path / "mirror"; }
  fs::path newest_segment() const { return segments_of(mirror()).back().file; }

  // As a broker does at a start; what it had to say is in `news`.
  SqliteLog& start() {
    stop();
    log_ = std::make_unique<SqliteLog>(database());
    auto done = reconcile(*log_, database(), mirror(), signer, [](const Entry& e) { return report_id(e.seq.value); });
    news.clear();
    for (const std::string& line : done.news) news += line + "\n";
    log_->keep(std::move(done.mirror));
    return *log_;
  }
  void stop() { log_.reset(); }
  SqliteLog& log() { return *log_; }

  // `batches` more entries, each a batch of its own.
  void append(std::uint64_t batches) {
    for (std::uint64_t i = 0; i < batches; ++i) log_->append(std::vector{report(log_->head().value + 1)});
  }

  // Whether all that was appended is there, and the mirror's newest head says so.
  bool is_whole(std::uint64_t entries) {
    const auto reader = open_sqlite_reader(database());
    const auto all = reader->read(Seq{1}, {}, {100'000, 64u << 20});
    if (all.entries.size() != entries) return false;
    for (const Entry& entry : all.entries)
      if (entry.body != report(entry.seq.value).entry.body ||
          entry.recorded_at != report(entry.seq.value).entry.recorded_at)
        return false;
    const auto head = newest_record(mirror());
    const auto opened = tlog::open_checkpoint(head->note, signer.verifier());
    return opened && opened->checkpoint.size == entries && opened->checkpoint.root == log_->tree().root();
  }

  // The files as they are now, as after kill -9; and back to them.
  void save(const fs::path& into) const {
    for (const char* suffix : {"", "-wal"}) {
      const fs::path file = database().string() + suffix;
      if (fs::exists(file)) fs::copy_file(file, into / file.filename(), fs::copy_options::overwrite_existing);
    }
  }
  void restore_database(const fs::path& from) const {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      const fs::path file = database().string() + suffix;
      fs::remove(file);
      if (fs::exists(from / file.filename())) fs::copy_file(from / file.filename(), file);
    }
  }

  Signer signer{"noroshi.test.example", wire::make_signing_key()};
  std::string news;

 private:
  TempFolder folder_;
  std::unique_ptr<SqliteLog> log_;
};

}  // namespace noroshi::store::test
