// What is signed and not yet answered, on the disk, in the order in which it leaves. What lies here has its id and its
// bytes for good: after a crash the same bytes are sent again, and the broker answers "duplicate" to what it has.
//
//   20260601T093000.123456Z.signed       the letters of one sending (letter.h), durable before the first of them leaves
//   20260601T093000.123456Z-alarm.json   the spool's file that they came from (run only)
//   .lock                                held by whoever works here
//
// One owner, one thread. Throws cli::Failure.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "publisher/folder.h"
#include "publisher/letter.h"

namespace noroshi::publisher {

class Outbox {
 public:
  explicit Outbox(const std::filesystem::path& path);  // refuses a folder in which another process works
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  struct Entry {
    std::string stamp;
    std::string original;    // the name that its file had in the spool; empty: it has none
    bool is_signed = false;  // else it was taken, and no more
  };

  std::vector<Entry> entries() const;   // oldest first
  std::string fresh_stamp(Micros now);  // later than all that lie here

  void put(const std::string& stamp, const std::vector<Letter>& letters);  // replaces
  std::vector<Letter> letters(const std::string& stamp) const;
  std::optional<std::vector<Letter>> letters_if_whole(const std::string& stamp) const;  // nullopt: they are damaged
  void remove(const std::string& stamp);
  static std::string signed_name(const std::string& stamp);
  std::filesystem::path signed_file(const std::string& stamp) const { return folder_ / signed_name(stamp); }

  // Moves the spool's file in. False: it is gone.
  bool take(Folder& spool, const std::string& name, const std::string& stamp);
  std::filesystem::path original(const Entry& entry) const { return folder_ / file_of(entry); }
  void give(const Entry& entry, Folder& to, const std::string& as);
  void give_signed(const std::string& stamp, Folder& to);  // under its own name

 private:
  static std::string file_of(const Entry& entry) { return entry.stamp + "-" + entry.original; }

  Folder folder_;
  int lock_ = -1;
  Micros last_{};
};

}  // namespace noroshi::publisher
