// Both logs behind one handle, and entries to put into them.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/store/log.h"
#include "broker/store/memory_log.h"

namespace noroshi::store::test {

// A log that can be closed and opened again. What a log promises is checked through this and nothing else.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual Log& log() = 0;
  virtual Reader& reader() = 0;
  virtual void reopen() = 0;  // as after a restart of the program
  // Changes one octet of the stored body of `seq`, behind the log's back.
  virtual void damage(Seq seq) = 0;
};

std::unique_ptr<Subject> memory_subject();
std::unique_ptr<Subject> memory_subject(std::unique_ptr<MemoryLog> log, std::function<void(MemoryLog&)> at_reopen);
std::unique_ptr<Subject> sqlite_subject();
inline const std::vector<std::string> kSubjects{"memory", "sqlite"};
std::unique_ptr<Subject> subject(const std::string& name);

// A folder that is gone at the end of the test.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  std::filesystem::path path;
};

// The 36-character id of report number n.
ReportId report_id(std::uint64_t n);
NewEntry report(std::uint64_t seq, Lane lane = Lane::urgent, std::size_t body = 40);
NewEntry other(std::uint64_t seq, EntryKind kind);
// Recorded at; entries above are recorded at 1000 * seq.
NewEntry at(NewEntry entry, std::int64_t micros);

std::vector<std::uint64_t> seqs(const ReadResult& result);

// SQL on the database file through a connection of its own.
void run_sql(const std::filesystem::path& file, const std::string& sql);
// As versions 1 to 3 had it.
inline const std::string kFormerIndex =
    "DROP INDEX entries_by_kind; CREATE INDEX entries_by_kind ON entries(kind, seq) WHERE kind <> 1;";
std::string ask_sql(const std::filesystem::path& file, const std::string& sql);

}  // namespace noroshi::store::test
