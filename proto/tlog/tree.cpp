#include "proto/tlog/tree.h"

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>

#include "proto/tlog/planted.h"
#include "proto/wire/signing.h"

namespace noroshi::tlog {
namespace {

// The largest complete subtrees that the leaves [begin, end) are made of, from left to right.
std::vector<Node> complete_nodes(std::uint64_t begin, std::uint64_t end) {
  std::vector<Node> out;
  while (begin < end) {
    const int level = std::countr_zero(std::bit_floor(end - begin));
    out.push_back({level, begin >> level});
    begin += std::uint64_t{1} << level;
  }
  return out;
}

// The root over complete subtrees: each is the left sibling of all that is right of it. Precondition: not empty.
Hash joined(const std::vector<Hash>& peaks) {
  Hash out = peaks.back();
  for (auto left = std::next(peaks.rbegin()); left != peaks.rend(); ++left) out = node_hash(*left, out);
  return out;
}

Result<std::vector<Hash>> hashes_of(const std::vector<Node>& nodes, const HashReader& read) {
  std::vector<Hash> out;
  for (const Node& node : nodes) {
    const std::optional<Hash> hash = read(node);
    if (!hash) return Fault::hash_missing;
    out.push_back(*hash);
  }
  return out;
}

}  // namespace

Hash leaf_hash(std::string_view data) {
  constexpr std::string_view kLeaf("\x00", 1);
  return wire::sha256(planted(Bug::leaf_prefix_dropped) ? std::string_view{} : kLeaf, data);
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<char, 1 + sizeof(Hash) * 2> bytes{'\x01'};
  std::copy(right.begin(), right.end(), std::copy(left.begin(), left.end(), bytes.begin() + 1));
  return wire::sha256({bytes.data(), bytes.size()});
}

Hash empty_root() { return wire::sha256({}); }

Result<Frontier> Frontier::restore(std::uint64_t size, const HashReader& read) {
  if (size > kMaxTreeSize) return Fault::size_too_large;
  auto peaks = hashes_of(complete_nodes(0, size), read);
  if (!peaks) return peaks.problem();
  Frontier out;
  out.size_ = size;
  out.peaks_ = peaks.take();
  return out;
}

std::vector<StoredHash> Frontier::append(const Hash& leaf) {
  if (size_ >= kMaxTreeSize) throw std::logic_error("Frontier::append: the tree is full");
  std::vector<StoredHash> out{{{0, size_}, leaf}};
  // A subtree ends here for each bit that is set at the end of the size: it becomes the left half of a larger one.
  for (int level = 0; (size_ >> level & 1) != 0; ++level) {
    out.push_back({{level + 1, size_ >> (level + 1)}, node_hash(peaks_.back(), out.back().hash)});
    peaks_.pop_back();
  }
  peaks_.push_back(out.back().hash);
  ++size_;
  return out;
}

Hash Frontier::root() const { return peaks_.empty() ? empty_root() : joined(peaks_); }

std::vector<StoredHash> stored_hashes_for(Frontier frontier, const Hash& leaf) { return frontier.append(leaf); }

Result<Hash> root(std::uint64_t size, const HashReader& read) {
  const auto frontier = Frontier::restore(size, read);
  if (!frontier) return frontier.problem();
  return frontier->root();
}

Result<Hash> range_hash(std::uint64_t begin, std::uint64_t end, const HashReader& read) {
  const auto hashes = hashes_of(complete_nodes(begin, end), read);
  if (!hashes) return hashes.problem();
  return joined(*hashes);
}

}  // namespace noroshi::tlog
