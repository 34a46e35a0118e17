// An agent with its folder on a real disk, a broker that is a list, and an end of the world at any moment.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "publisher/agent.h"
#include "publisher/planted.h"

namespace noroshi::publisher::test {

struct Killed {};

// The program is killed at the nth moment from now on; 0: never.
class KillAt {
 public:
  explicit KillAt(std::size_t nth);
  ~KillAt();
  KillAt(const KillAt&) = delete;
  KillAt& operator=(const KillAt&) = delete;
};

struct Planted {
  explicit Planted(Bug bug) { planted_bug = bug; }
  ~Planted() { planted_bug = Bug::none; }
  Planted(const Planted&) = delete;
  Planted& operator=(const Planted&) = delete;
};

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path path;
};

std::string read(const std::filesystem::path& file);
std::vector<std::string> names_in(const std::filesystem::path& folder);  // sorted, without hidden ones

const Matrix& shipped();
const wire::SigningKey& some_key();
std::string report_json(const std::string& title);
std::vector<Letter> letters(const std::vector<std::string>& titles);
std::string title_of(const v1::SignedReport& report);

// One life of the agent after the other, in one folder, with one broker.
class World {
 public:
  // Puts a file into the spool as one should.
  void drop(const std::string& name, const std::string& text);
  // A life: takes what is there, sends it, hears the answers. False: it was killed.
  bool live(std::size_t killed_at = 0);
  // Which promise is broken, once all that was dropped is through; empty: none.
  std::string broken() const;

  const std::filesystem::path& spool() const { return folder_.path; }
  std::vector<std::string> log;  // titles, in the broker's order
  std::vector<std::string> told;

 private:
  Answer submit(const Parcel& parcel);

  TemporaryFolder folder_;
  std::map<std::string, std::string> known_;  // id: the bytes that the broker has under it
  std::map<std::string, std::string> dropped_;
  std::vector<std::string> titles_;  // of what was dropped and is acceptable, in its order
};

}  // namespace noroshi::publisher::test
