// A disk that tells what is durable from what is only written. It records every change under one folder, in order, and can
// say what a power cut before any of them may leave behind. Knows no file system; README.md says what is modelled. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/chance.h"

namespace noroshi::crash {

using simulation::Chance;

// A folder's content, by path below it.
struct Image {
  std::map<std::string, std::string> files;
  std::set<std::string> folders;
  bool halved_rename = false;  // a file that was moved between two folders is in both

  static Image of(const std::filesystem::path& folder);
  void lay_out(const std::filesystem::path& folder) const;  // and nothing else in it
  friend bool operator==(const Image& a, const Image& b) { return a.files == b.files && a.folders == b.folders; }
};

// SQLite's shared memory lies in a file and is memory: no crash leaves it.
bool is_memory(std::string_view path);

class Disk {
 public:
  using Node = std::size_t;  // a file or folder, whatever its name
  static constexpr Node kRoot = 0;

  explicit Disk(const Image& durable);

  std::optional<Node> find(const std::string& path) const;
  std::uint64_t length(Node file) const { return nodes_[file].length; }

  Node create(const std::string& path, bool folder);  // what has that path stays what it is
  void write(Node file, std::uint64_t at, std::string_view bytes);
  void truncate(Node file, std::uint64_t length);
  void rename(const std::string& from, const std::string& to);
  void unlink(const std::string& path);
  void sync(Node node);         // the file's bytes, or the folder's names
  void sync_failed(Node file);  // as Linux has it: what was to be written is clean now, and never reaches the disk

  std::size_t changes() const { return changes_.size(); }
  Image cached() const;  // what programs see
  // What a power cut before change `at` may leave.
  Image after_crash(std::size_t at, Chance& chance) const;

 private:
  enum class What { link, unlink, write, truncate, sync, sync_failed };
  struct Change {
    What what{};
    Node node{};
    std::string name{};  // link, unlink
    Node target{};       // link
    std::uint64_t at = 0;
    std::string bytes{};
    std::size_t other = 0;  // of a rename: 1 + the link that an unlink goes with
  };
  struct Entry {
    std::string bytes;                  // as it was when the recording began
    std::map<std::string, Node> names;  // likewise
    bool folder = false;
    std::uint64_t length = 0;             // as programs see it
    std::map<std::string, Node> present;  // likewise
  };
  struct Remains;
  class Fate;

  std::pair<Node, std::string> place(const std::string& path) const;  // its folder and its name there
  std::vector<bool> durable(std::size_t at) const;
  void collect(Node folder, const std::string& path, const std::vector<Remains>& remains, Image& out) const;

  std::vector<Entry> nodes_;
  std::vector<Change> changes_;
};

}  // namespace noroshi::crash
