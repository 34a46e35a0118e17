#include "tests/unit/tlog/reference.h"

#include <algorithm>
#include <random>

#include "proto/wire/signing.h"

namespace noroshi::test {
namespace {

std::string raw(const Hash& hash) { return {hash.begin(), hash.end()}; }

std::uint64_t split(std::uint64_t n) {  // the largest power of two smaller than n
  std::uint64_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

Leaves from(const Leaves& leaves, std::uint64_t begin) {
  return {leaves.begin() + static_cast<std::ptrdiff_t>(begin), leaves.end()};
}

Hashes subproof(std::uint64_t m, const Leaves& leaves, bool whole) {
  const std::uint64_t n = leaves.size();
  if (m == n) return whole ? Hashes{} : Hashes{mth(leaves)};
  const std::uint64_t k = split(n);
  Hashes out;
  if (m <= k) {
    out = subproof(m, first(leaves, k), whole);
    out.push_back(mth(from(leaves, k)));
  } else {
    out = subproof(m - k, from(leaves, k), false);
    out.push_back(mth(first(leaves, k)));
  }
  return out;
}

Hashes hashes_of_hex(const std::vector<std::string>& hex) {
  Hashes out;
  for (const std::string& each : hex) out.push_back(hash_of_hex(each));
  return out;
}

}  // namespace

Hash hash_of_hex(const std::string& hex) {
  const std::string bytes = wire::from_hex(hex).value();
  Hash out{};
  if (bytes.size() != out.size()) throw std::logic_error("no hash: " + hex);
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

Leaves first(const Leaves& leaves, std::uint64_t size) {
  return {leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(size)};
}

Hash mth(const Leaves& leaves) {
  if (leaves.empty()) return wire::sha256("");
  if (leaves.size() == 1) return wire::sha256(std::string(1, '\0') + leaves[0]);
  const std::uint64_t k = split(leaves.size());
  return wire::sha256("\x01" + raw(mth(first(leaves, k))) + raw(mth(from(leaves, k))));
}

Hashes path(std::uint64_t index, const Leaves& leaves) {
  if (leaves.size() == 1) return {};
  const std::uint64_t k = split(leaves.size());
  Hashes out = index < k ? path(index, first(leaves, k)) : path(index - k, from(leaves, k));
  out.push_back(index < k ? mth(from(leaves, k)) : mth(first(leaves, k)));
  return out;
}

Hashes consistency(std::uint64_t old_size, const Leaves& leaves) { return subproof(old_size, leaves, true); }

Leaves some_leaves(std::size_t count, unsigned seed) {
  std::mt19937 dice(seed);
  Leaves out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(std::to_string(i) + std::string(dice() % 60, static_cast<char>(dice() % 256)));
  return out;
}

Stored::Stored(const Leaves& leaves) {
  for (const std::string& leaf : leaves)
    for (const tlog::StoredHash& each : frontier_.append(tlog::leaf_hash(leaf))) hashes_[each.node] = each.hash;
}

tlog::HashReader Stored::reader() const {
  return [this](tlog::Node node) -> std::optional<Hash> {
    ++reads;
    const auto found = hashes_.find(node);
    if (found == hashes_.end()) return std::nullopt;
    return found->second;
  };
}

const Leaves& ct_leaves() {
  static const Leaves leaves = [] {
    Leaves out;
    for (const char* hex :
         {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"})
      out.push_back(wire::from_hex(hex).value());
    return out;
  }();
  return leaves;
}

const Hashes& ct_roots() {
  static const Hashes roots = hashes_of_hex({
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  });
  return roots;
}

const std::map<tlog::Node, Hash>& ct_nodes() {
  static const std::map<tlog::Node, Hash> nodes = [] {
    const std::vector<Hashes> levels{
        hashes_of_hex({"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                       "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                       "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
                       "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
                       "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                       "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
                       "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
                       "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1"}),
        hashes_of_hex({"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                       "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                       "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                       "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"}),
        hashes_of_hex({"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                       "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}),
        hashes_of_hex({"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"})};
    std::map<tlog::Node, Hash> out;
    for (std::size_t level = 0; level < levels.size(); ++level)
      for (std::size_t i = 0; i < levels[level].size(); ++i) out[{static_cast<int>(level), i}] = levels[level][i];
    return out;
  }();
  return nodes;
}

const std::vector<PublishedProof>& ct_inclusion_proofs() {
  static const std::vector<PublishedProof> proofs{
      {0, 1, {}},
      {0,
       8,
       {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
      {5,
       8,
       {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
      {2, 3, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
      {1,
       5,
       {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
  };
  return proofs;
}

const std::vector<PublishedProof>& ct_consistency_proofs() {
  static const std::vector<PublishedProof> proofs{
      {1, 1, {}},
      {1,
       8,
       {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
      {6,
       8,
       {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
      {2,
       5,
       {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
      {6,
       7,
       {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
  };
  return proofs;
}

}  // namespace noroshi::test
