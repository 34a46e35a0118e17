#include "tests/contract/log_fixture.h"

#include <sqlite3.h>
#include <stdlib.h>

#include <cstdio>
#include <stdexcept>

#include "broker/store/sqlite_log.h"
#include "proto/wire/signing.h"

namespace noroshi::store::test {
namespace {

class MemorySubject : public Subject {
 public:
  MemorySubject(std::unique_ptr<MemoryLog> log, std::function<void(MemoryLog&)> at_reopen)
      : log_(std::move(log)), at_reopen_(std::move(at_reopen)) {}
  Log& log() override { return *log_; }
  Reader& reader() override { return *log_; }
  void reopen() override { at_reopen_(*log_); }
  void damage(Seq seq) override { log_->stored().at(seq.value - 1).body[0] ^= 1; }

 private:
  std::unique_ptr<MemoryLog> log_;
  std::function<void(MemoryLog&)> at_reopen_;
};

class SqliteSubject : public Subject {
 public:
  SqliteSubject() { open(); }
  Log& log() override { return *log_; }
  Reader& reader() override { return *reader_; }
  void reopen() override {
    reader_.reset();
    log_.reset();
    open();
  }
  void damage(Seq seq) override {
    run_sql(file(), "UPDATE entries SET body = CAST(x'ff' || substr(body, 2) AS BLOB) WHERE seq = " +
                        std::to_string(seq.value));
  }

 private:
  std::filesystem::path file() const { return folder_.path / "log.db"; }
  void open() {
    log_ = std::make_unique<SqliteLog>(file());
    reader_ = open_sqlite_reader(file());
  }

  TempFolder folder_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Reader> reader_;
};

// Calls `row` with the first column of each row.
void query(const std::filesystem::path& file, const std::string& sql, std::string* first) {
  sqlite3* db = nullptr;
  char* why = nullptr;
  const auto keep = [](void* into, int, char** values, char**) {
    auto* out = static_cast<std::string*>(into);
    if (out && values[0]) out->append(out->empty() ? "" : "\n").append(values[0]);
    return 0;
  };
  int rc = sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
  sqlite3_busy_timeout(db, 5000);
  if (rc == SQLITE_OK) rc = sqlite3_exec(db, sql.c_str(), keep, first, &why);
  const std::string error = why ? why : sqlite3_errmsg(db);
  sqlite3_free(why);
  sqlite3_close(db);
  if (rc != SQLITE_OK) throw std::runtime_error(sql + ": " + error);
}

}  // namespace

std::unique_ptr<Subject> memory_subject() {
  return memory_subject(std::make_unique<MemoryLog>(), [](MemoryLog&) {});
}

std::unique_ptr<Subject> memory_subject(std::unique_ptr<MemoryLog> log, std::function<void(MemoryLog&)> at_reopen) {
  return std::make_unique<MemorySubject>(std::move(log), std::move(at_reopen));
}

std::unique_ptr<Subject> sqlite_subject() { return std::make_unique<SqliteSubject>(); }

std::unique_ptr<Subject> subject(const std::string& name) {
  return name == "memory" ? memory_subject() : sqlite_subject();
}

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "noroshi-test-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  path = name;
}
TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

ReportId report_id(std::uint64_t n) {
  char text[37];
  std::snprintf(text, sizeof text, "018f0000-0000-7000-8000-%012llx", static_cast<unsigned long long>(n));
  return ReportId{text};
}

NewEntry report(std::uint64_t seq, Lane lane, std::size_t body) {
  NewEntry item{other(seq, EntryKind::report).entry, report_id(seq)};
  item.entry.lane = lane;
  item.entry.body.resize(body, 'x');
  item.entry.leaf = wire::leaf_of(item.entry.salt, item.entry.body);
  return item;
}

NewEntry other(std::uint64_t seq, EntryKind kind) {
  Entry e;
  e.seq = Seq{seq};
  e.recorded_at = Micros{static_cast<std::int64_t>(seq) * 1000};
  e.kind = kind;
  e.lane = Lane::urgent;
  e.salt[0] = static_cast<std::uint8_t>(seq);
  e.body = "body " + std::to_string(seq) + std::string("\0binary", 7);
  e.leaf = wire::leaf_of(e.salt, e.body);
  return {e, ReportId{}};
}

NewEntry at(NewEntry entry, std::int64_t micros) {
  entry.entry.recorded_at = Micros{micros};
  return entry;
}

std::vector<std::uint64_t> seqs(const ReadResult& result) {
  std::vector<std::uint64_t> out;
  for (const Entry& e : result.entries) out.push_back(e.seq.value);
  return out;
}

void run_sql(const std::filesystem::path& file, const std::string& sql) { query(file, sql, nullptr); }

std::string ask_sql(const std::filesystem::path& file, const std::string& sql) {
  std::string out;
  query(file, sql, &out);
  return out;
}

}  // namespace noroshi::store::test
