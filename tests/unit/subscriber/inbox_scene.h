// A folder with an inbox, and deliveries to put into it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "subscriber/inbox.h"
#include "subscriber/inbox_folder.h"
#include "tests/unit/subscriber/fake_broker.h"

namespace noroshi::test {

namespace fs = std::filesystem;

inline std::string report_id(std::uint64_t n) {
  const std::string digits = std::to_string(n);
  return "01890a5d-ac96-774b-bcce-" + std::string(12 - digits.size(), '0') + digits;
}

// To be called again when its report was changed.
inline void seal(subscriber::Delivery& delivery) {
  v1::SignedReport wrapped;
  wrapped.set_report(delivery.report.SerializeAsString());
  delivery.entry.body = wrapped.SerializeAsString();
  delivery.entry.leaf = wire::leaf_of(delivery.entry.salt, delivery.entry.body);
}

inline subscriber::Delivery delivery(std::uint64_t seq, const std::string& relates_to = "",
                                     v1::RelatesTo::Relation relation = v1::RelatesTo::CANCEL) {
  subscriber::Delivery out;
  out.report.set_id(report_id(seq));
  out.report.set_organization("bank-a");
  out.report.set_item("C.disaster");
  out.report.set_source("sector");
  out.report.set_status(v1::Report::ACTUAL);
  out.report.set_tlp("GREEN");
  (*out.report.mutable_title())["ja"] = "第" + std::to_string(seq) + "報";
  if (!relates_to.empty()) {
    out.report.mutable_relates_to()->set_report_id(relates_to);
    out.report.mutable_relates_to()->set_relation(relation);
  }
  out.entry.seq = Seq{seq};
  out.entry.recorded_at = Micros{static_cast<std::int64_t>(seq) * kMicrosPerSecond};
  out.entry.kind = EntryKind::report;
  out.entry.lane = Lane::urgent;
  out.entry.salt.fill(static_cast<std::uint8_t>(seq));
  seal(out);
  return out;
}

inline std::vector<subscriber::Delivery> batch(std::uint64_t first, std::uint64_t last) {
  std::vector<subscriber::Delivery> out;
  for (std::uint64_t seq = first; seq <= last; ++seq) out.push_back(delivery(seq));
  return out;
}

inline wire::Credential credential(const std::string& organization = "east-gas") {
  wire::Credential out;
  out.organization = organization;
  out.broker = "noroshi.test.example";
  out.signing = wire::make_signing_key();
  return out;
}

// A directory that goes away with the test.
class InboxScene {
 public:
  InboxScene() {
    // In memory if possible: tests kill processes, not machines, and a thousand syncs of a busy disk take their time.
    const fs::path folder = fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();
    std::string name = (folder / "noroshi-inbox-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~InboxScene() { fs::remove_all(path_); }
  InboxScene(const InboxScene&) = delete;
  InboxScene& operator=(const InboxScene&) = delete;

  subscriber::InboxFolder folder() const { return subscriber::InboxFolder(path_ / "inbox"); }
  const fs::path& path() const { return path_; }
  // Makes the inbox if need be, and lets it go again.
  void make(const wire::Credential& whose = credential()) const { folder().take(whose); }
  subscriber::Inbox inbox() const { return subscriber::Inbox(folder().open(subscriber::Durable::at_once)); }

 private:
  fs::path path_;
};

}  // namespace noroshi::test
