#include "tests/crash/disk.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace noroshi::crash {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kSector = 512;

void put(std::string& content, std::uint64_t at, std::string_view bytes) {
  if (content.size() < at + bytes.size()) content.resize(at + bytes.size(), '\0');
  std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(at));
}

// Some of its sectors, and of those perhaps one only up to its middle.
void put_torn(std::string& content, std::uint64_t at, std::string_view bytes, Chance& chance) {
  for (std::uint64_t from = 0; from < bytes.size();) {
    const std::uint64_t size = std::min<std::uint64_t>(kSector - (at + from) % kSector, bytes.size() - from);
    if (chance.one_in(2)) {
      const auto part = chance.one_in(8) ? static_cast<std::uint64_t>(chance.between(0, std::int64_t(size))) : size;
      put(content, at + from, bytes.substr(from, part));
    }
    from += size;
  }
}

}  // namespace

Image Image::of(const fs::path& folder) {
  Image out;
  for (const auto& each : fs::recursive_directory_iterator(folder)) {
    const std::string path = each.path().lexically_relative(folder).string();
    if (is_memory(path)) continue;
    if (each.is_directory()) {
      out.folders.insert(path);
    } else {
      std::ifstream in(each.path(), std::ios::binary);
      out.files[path] = {std::istreambuf_iterator<char>(in), {}};
    }
  }
  return out;
}

void Image::lay_out(const fs::path& folder) const {
  fs::remove_all(folder);
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  for (const std::string& path : folders) {
    fs::create_directory(folder / path);
    fs::permissions(folder / path, fs::perms::owner_all);
  }
  for (const auto& [path, bytes] : files) {
    std::ofstream out(folder / path, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error((folder / path).string() + ": cannot be written");
  }
}

bool is_memory(std::string_view path) { return path.ends_with("-shm"); }

struct Disk::Remains {
  std::string bytes;
  std::map<std::string, Node> names;
  std::uint64_t cached_length = 0;
  bool lost = false;  // something of it
};

// What becomes of the changes that no sync covers.
class Disk::Fate {
 public:
  Fate(std::size_t pending, Chance& chance) : chance_(chance), mode_(static_cast<Mode>(chance.between(0, 5))) {
    chosen_ = pending == 0 ? 0 : static_cast<std::size_t>(chance.between(0, static_cast<std::int64_t>(pending) - 1));
    tears_ = chance.one_in(2);
  }
  bool kept(std::size_t nth) {
    switch (mode_) {
      case Mode::none: return false;
      case Mode::all: return true;
      case Mode::some: return chance_.one_in(2);
      case Mode::first_ones: return nth <= chosen_;
      case Mode::all_but_one: return nth != chosen_;
      case Mode::only_one: return nth == chosen_;
    }
    return true;
  }
  bool torn() { return tears_ && mode_ != Mode::all && chance_.one_in(mode_ == Mode::some ? 2 : 4); }
  // The order in which they reach the disk.
  std::vector<std::size_t> order(std::vector<std::size_t> writes) {
    if (mode_ == Mode::some && chance_.one_in(2))
      for (std::size_t i = writes.size(); i > 1; --i)
        std::swap(writes[i - 1], writes[static_cast<std::size_t>(chance_.between(0, std::int64_t(i) - 1))]);
    return writes;
  }

 private:
  enum class Mode { none, all, some, first_ones, all_but_one, only_one };
  Chance& chance_;
  Mode mode_;
  std::size_t chosen_;
  bool tears_;
};

Disk::Disk(const Image& image) {
  nodes_.emplace_back().folder = true;
  const auto add = [&](const std::string& path, bool folder, const std::string& bytes) {
    const auto [parent, name] = place(path);
    const Node node = nodes_.size();
    nodes_[parent].names[name] = nodes_[parent].present[name] = node;
    nodes_.push_back({bytes, {}, folder, bytes.size(), {}});
  };
  for (const std::string& path : image.folders) add(path, true, {});
  for (const auto& [path, bytes] : image.files) add(path, false, bytes);
}

std::optional<Disk::Node> Disk::find(const std::string& path) const {
  Node node = kRoot;
  for (const auto& part : fs::path(path)) {
    if (part.empty() || part == ".") continue;
    const auto found = nodes_[node].present.find(part.string());
    if (found == nodes_[node].present.end()) return std::nullopt;
    node = found->second;
  }
  return node;
}

std::pair<Disk::Node, std::string> Disk::place(const std::string& path) const {
  const fs::path whole(path);
  const auto folder = find(whole.parent_path().string());
  if (!folder) throw std::logic_error(path + ": its folder was not seen being made");
  return {*folder, whole.filename().string()};
}

Disk::Node Disk::create(const std::string& path, bool folder) {
  if (const auto there = find(path)) return *there;
  const auto [parent, name] = place(path);
  const Node node = nodes_.size();
  nodes_.emplace_back().folder = folder;
  nodes_[parent].present[name] = node;
  changes_.push_back({.what = What::link, .node = parent, .name = name, .target = node});
  return node;
}

void Disk::write(Node file, std::uint64_t at, std::string_view bytes) {
  nodes_[file].length = std::max<std::uint64_t>(nodes_[file].length, at + bytes.size());
  changes_.push_back({.what = What::write, .node = file, .at = at, .bytes = std::string(bytes)});
}

void Disk::truncate(Node file, std::uint64_t length) {
  nodes_[file].length = length;
  changes_.push_back({.what = What::truncate, .node = file, .at = length});
}

void Disk::rename(const std::string& from, const std::string& to) {
  const auto [old_folder, old_name] = place(from);
  const auto [new_folder, new_name] = place(to);
  const Node node = nodes_[old_folder].present.at(old_name);
  nodes_[old_folder].present.erase(old_name);
  nodes_[new_folder].present[new_name] = node;
  changes_.push_back({.what = What::link, .node = new_folder, .name = new_name, .target = node});
  changes_.push_back({.what = What::unlink, .node = old_folder, .name = old_name, .other = changes_.size()});
}

void Disk::unlink(const std::string& path) {
  const auto [folder, name] = place(path);
  nodes_[folder].present.erase(name);
  changes_.push_back({.what = What::unlink, .node = folder, .name = name});
}

void Disk::sync(Node node) { changes_.push_back({.what = What::sync, .node = node}); }
void Disk::sync_failed(Node file) { changes_.push_back({.what = What::sync_failed, .node = file}); }

std::vector<bool> Disk::durable(std::size_t at) const {
  std::vector<bool> out(at, false);
  std::map<Node, std::vector<std::size_t>> pending;
  for (std::size_t i = 0; i < at; ++i) {
    const Change& change = changes_[i];
    auto& waiting = pending[change.node];
    if (change.what == What::sync)
      for (const std::size_t each : std::exchange(waiting, {})) out[each] = true;
    else if (change.what == What::sync_failed)
      waiting.clear();  // what is not waiting any more no later sync makes durable
    else
      waiting.push_back(i);
  }
  return out;
}

Image Disk::after_crash(std::size_t at, Chance& chance) const {
  if (at < changes_.size() && changes_[at].other == at && at > 0) --at;  // not between the halves of a rename
  std::vector<bool> kept = durable(at);
  std::vector<std::size_t> pending;
  for (std::size_t i = 0; i < at; ++i)
    if (!kept[i] && changes_[i].what != What::sync && changes_[i].what != What::sync_failed) pending.push_back(i);
  Fate fate(pending.size(), chance);
  std::vector<std::size_t> order(at);
  for (std::size_t i = 0; i < at; ++i) order[i] = i;
  const std::vector<bool> settled = kept;
  for (std::size_t i = 0; i < pending.size(); ++i) kept[pending[i]] = fate.kept(i);
  std::vector<std::size_t> writes = pending;
  std::erase_if(writes, [&](std::size_t each) { return changes_[each].what != What::write; });
  const auto reordered = fate.order(writes);
  for (std::size_t i = 0; i < writes.size(); ++i) order[writes[i]] = reordered[i];
  // A rename is in both places for a moment, on some disks; it is never in none.
  const bool halves = chance.one_in(4);
  Image out;
  for (std::size_t i = 1; i < at; ++i) {
    const std::size_t link = changes_[i].other - 1;
    if (changes_[i].other == 0) continue;
    if (!halves || changes_[i].node == changes_[link].node)
      kept[link] = kept[i] = settled[link] || settled[i] || kept[link];
    else if (settled[i] || kept[i])
      kept[link] = true;
    out.halved_rename |= kept[link] && !kept[i];
  }

  std::vector<Remains> remains(nodes_.size());
  for (Node node = 0; node < nodes_.size(); ++node)
    remains[node] = {nodes_[node].bytes, nodes_[node].names, nodes_[node].bytes.size()};
  for (const std::size_t i : order) {
    const Change& change = changes_[i];
    Remains& rest = remains[change.node];
    if (change.what == What::write) rest.cached_length = std::max(rest.cached_length, change.at + change.bytes.size());
    if (change.what == What::truncate) rest.cached_length = change.at;
    if (!kept[i]) {
      rest.lost = true;
    } else if (change.what == What::link) {
      rest.names[change.name] = change.target;
    } else if (change.what == What::unlink) {
      rest.names.erase(change.name);
    } else if (change.what == What::truncate) {
      rest.bytes.resize(change.at, '\0');
    } else if (change.what == What::write && !settled[i] && fate.torn()) {
      rest.lost = true;
      put_torn(rest.bytes, change.at, change.bytes, chance);
    } else if (change.what == What::write) {
      put(rest.bytes, change.at, change.bytes);
    }
  }
  // The length may be on the disk before the bytes are.
  if (chance.one_in(4))
    for (Remains& rest : remains)
      if (rest.lost && rest.bytes.size() < rest.cached_length) rest.bytes.resize(rest.cached_length, '\0');
  collect(kRoot, "", remains, out);
  return out;
}

void Disk::collect(Node folder, const std::string& path, const std::vector<Remains>& remains, Image& out) const {
  for (const auto& [name, node] : remains[folder].names) {
    const std::string here = path.empty() ? name : path + "/" + name;
    if (nodes_[node].folder) {
      out.folders.insert(here);
      collect(node, here, remains, out);
    } else {
      out.files[here] = remains[node].bytes;
    }
  }
}

Image Disk::cached() const {
  std::vector<Remains> remains(nodes_.size());
  for (Node node = 0; node < nodes_.size(); ++node) remains[node] = {nodes_[node].bytes, nodes_[node].present};
  for (const Change& change : changes_) {
    if (change.what == What::write) put(remains[change.node].bytes, change.at, change.bytes);
    if (change.what == What::truncate) remains[change.node].bytes.resize(change.at, '\0');
  }
  Image out;
  collect(kRoot, "", remains, out);
  return out;
}

}  // namespace noroshi::crash
