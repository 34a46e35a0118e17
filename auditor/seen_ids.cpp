#include "auditor/seen_ids.h"

#include <algorithm>
#include <iterator>

#include "proto/wire/signing.h"

namespace noroshi::auditor {

namespace {
constexpr std::size_t kLeast = 1000, kShare = 32;
}

bool SeenIds::add(const ReportId& id) {
  std::string text = id.value;
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const Hash hash = wire::sha256(text);
  Key key{};
  std::copy_n(hash.begin(), key.size(), key.begin());
  if (std::binary_search(sorted_.begin(), sorted_.end(), key) || !recent_.insert(key).second) return false;
  if (recent_.size() > kLeast + sorted_.size() / kShare) merge();
  return true;
}

void SeenIds::merge() {
  const auto middle = static_cast<std::ptrdiff_t>(sorted_.size());
  sorted_.reserve(sorted_.size() + recent_.size());
  sorted_.insert(sorted_.end(), recent_.begin(), recent_.end());
  std::inplace_merge(sorted_.begin(), sorted_.begin() + middle, sorted_.end());
  recent_.clear();
}

}  // namespace noroshi::auditor
