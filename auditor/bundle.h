// A log in one file, to be checked without its broker (docs/log-format.md). Reader and writer go through it once, a record at
// a time; neither says whether it is true (log_check.h). One owner, one thread.
//
//   "NOROSHI-BUNDLE 1\n", then records: length in 4 bytes, big-endian, and as many bytes. First a BundleHead, then each
//   LogEntry. A length of 0 ends them; 32 bytes follow: the chain over everything before, SHA-256(chain before || record with
//   its length), beginning with zeros, the first line being a record, too. Nothing comes after it.
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>

#include "auditor/new_file.h"
#include "noroshi/v1/bundle.pb.h"
#include "proto/types/entry.h"

namespace noroshi::auditor {

// What is wrong with the file, in the spoken language.
struct Damaged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class BundleWriter {
 public:
  BundleWriter(const std::filesystem::path& file, const v1::BundleHead& head);
  void add(const Entry& entry, bool redacted);
  void finish();  // then it is there

 private:
  void chained(std::string_view bytes);
  void record(const std::string& bytes);

  NewFile out_;
  Hash chain_{};
};

class BundleReader {
 public:
  explicit BundleReader(const std::filesystem::path& file);  // throws Damaged; cli::Failure if it cannot be read

  const v1::BundleHead& head() const { return head_; }
  struct Row {
    Entry entry;
    bool redacted = false;
  };
  // nullopt: the end, and the file is whole. Throws Damaged.
  std::optional<Row> next();
  std::uint64_t done() const { return done_; }  // bytes, for who waits
  std::uint64_t size() const { return size_; }

 private:
  std::string take(std::size_t bytes);
  std::optional<std::string> record();

  std::ifstream in_;
  std::uint64_t size_ = 0, done_ = 0;
  Hash chain_{};
  v1::BundleHead head_;
};

}  // namespace noroshi::auditor
