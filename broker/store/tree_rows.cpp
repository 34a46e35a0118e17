#include "broker/store/tree_rows.h"

#include <algorithm>

#include "broker/store/schema.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/wire/signing.h"

namespace noroshi::store {
namespace {

// Where a node stands when subtrees are numbered as a growing log completes them: rows are only ever added at the end of
// the table, so that an append touches one page of it.
std::int64_t position(tlog::Node node) {
  std::uint64_t out = node.index;
  for (int level = kStoredLevel; level < node.level; ++level) out = 2 * out + 1;
  std::uint64_t before = 0;
  for (; out > 0; out >>= 1) before += out;
  return static_cast<std::int64_t>(before + static_cast<std::uint64_t>(node.level - kStoredLevel));
}

// As row_check() for an entry: a flipped bit would make proofs that prove nothing.
std::int64_t node_check(std::int64_t at, const Hash& hash) { return check_of(tlog::octets(hash), std::to_string(at)); }

Seq last_leaf(tlog::Node node) { return Seq{(node.index + 1) << node.level}; }

}  // namespace

TreeRows::TreeRows(Connection& connection, Rows& rows) : rows_(rows) {
  if (connection.number("PRAGMA user_version") < kTreeVersion) return;
  read_ = std::make_unique<Statement>(connection, "SELECT node_check, hash FROM tree WHERE position = ?1");
  write_ = std::make_unique<Statement>(connection, "INSERT INTO tree(position, node_check, hash) VALUES(?1, ?2, ?3)");
}

std::optional<Hash> TreeRows::read(tlog::Node node) {
  const bool can_be = node.level >= 0 && node.level < 63 && node.index < (tlog::kMaxTreeSize >> node.level);
  if (!can_be || last_leaf(node) > rows_.head()) return std::nullopt;
  return complete(node);
}

Hash TreeRows::complete(tlog::Node node) {
  if (node.level == 0) return tlog::leaf_hash(rows_.columns(Seq{node.index + 1}));
  if (node.level < kStoredLevel || !read_)
    return tlog::node_hash(complete({node.level - 1, 2 * node.index}), complete({node.level - 1, 2 * node.index + 1}));
  const std::int64_t at = position(node);
  Use row(*read_);
  if (!row->bind(1, at).step())
    read_->damaged(last_leaf(node), {"木の節がありません", "its node in the tree is missing"});
  Hash hash{};
  const std::string_view octets = row->octets(1);
  if (octets.size() == hash.size()) std::copy(octets.begin(), octets.end(), hash.begin());
  if (octets.size() != hash.size() || node_check(at, hash) != row->number(0))
    read_->damaged(last_leaf(node),
                   {"木の節が書き込んだものと違います", "its node in the tree is not what was written"});
  return hash;
}

void TreeRows::write(std::span<const tlog::StoredHash> completed) {
  for (const auto& [node, hash] : completed) {
    if (node.level < kStoredLevel) continue;
    const std::int64_t at = position(node);
    Use row(*write_);
    row->bind(1, at).bind(2, node_check(at, hash)).bind(3, hash).finish();
  }
}

tlog::Frontier TreeRows::frontier(std::uint64_t size) {
  return tlog::Frontier::restore(size, [this](tlog::Node node) { return std::optional(complete(node)); }).take();
}

std::uint64_t stored_nodes(std::uint64_t size) {
  std::uint64_t out = 0;
  for (std::uint64_t complete = size >> kStoredLevel; complete > 0; complete >>= 1) out += complete;
  return out;
}

void build_tree(Connection& connection) {
  Rows rows(connection);
  TreeRows tree(connection, rows);
  tlog::Frontier frontier;
  Statement scan(connection, select_columns("ORDER BY seq").c_str());
  while (scan.step()) {
    const Entry entry = read_columns(scan);
    if (entry.seq != Seq{frontier.size() + 1}) scan.damaged(Seq{frontier.size() + 1}, kMissing);
    tree.write(frontier.append(tlog::leaf_hash(entry)));
  }
}

}  // namespace noroshi::store
