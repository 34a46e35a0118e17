// Another log, or mirror, in the place of one. Several names change, on two disks perhaps, and a kill may come between any two:
// so what is to be done is written down first ("log.sqlite.replacing"), and whoever opens the log next does the rest of it.
// Until that file has its name nothing has changed; from then on the new log is the log. The log's only writer.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace noroshi::store {

namespace fs = std::filesystem;

class Replacement {
 public:
  // Does the rest of one that was interrupted, and removes what another has left that came to nothing.
  Replacement(fs::path database, fs::path mirror);
  ~Replacement();  // what was not put in its place is removed
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  void clear() const;         // to begin again
  fs::path database() const;  // where the new one is to be made; complete and closed before put_in_place()
  fs::path mirror() const;    // likewise, a folder, made by this

  enum class Database { keep, replace };
  enum class Mirror { keep, set_aside, replace };
  // `time`: what the names of what was there end in. Returns those names. Throws StorageError; then either nothing has
  // changed, or whoever opens the log next finishes it.
  std::vector<fs::path> put_in_place(Database database, Mirror mirror, const std::string& time) const;

 private:
  const fs::path database_;
  const fs::path mirror_;
};

// What one that was interrupted has left to do; the names of what was set aside, none if there was no such. Throws StorageError.
std::vector<fs::path> finish_replacement(const fs::path& database);
// For readers, who must not finish it. Throws StorageError.
void refuse_if_pending(const fs::path& database);

}  // namespace noroshi::store
