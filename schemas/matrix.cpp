#include "schemas/matrix.h"

#include <algorithm>

#include "proto/types/topic.h"

namespace noroshi {

namespace {

template <class T>
const T* find_id(const std::vector<T>& list, std::string_view id) {
  const auto found = std::find_if(list.begin(), list.end(), [id](const T& entry) { return entry.id == id; });
  return found == list.end() ? nullptr : &*found;
}

// "C.it-failure.sector" for the item "C.it-failure": what follows the item's dot, empty if it is another item's.
std::string_view after_item(std::string_view pattern, std::string_view item) {
  return pattern != item && covers(item, pattern) ? pattern.substr(item.size() + 1) : std::string_view{};
}

}  // namespace

const MatrixField* MatrixItem::field(std::string_view wanted) const { return find_id(fields, wanted); }

const MatrixItem* Matrix::item(std::string_view id) const { return find_id(items, id); }

const MatrixCategory* Matrix::category(std::string_view id) const { return find_id(categories, id); }

const SourceGroup* Matrix::source(std::string_view id) const { return find_id(sources, id); }

bool Matrix::knows_topic(std::string_view pattern) const {
  if (pattern == "*") return true;
  for (const Status drill : {Status::exercise, Status::test}) {
    const std::string_view root = topic_root(drill);
    if (pattern == root.substr(0, root.size() - 1)) return true;  // "exercise": every drill of that kind
    if (pattern.starts_with(root)) {
      pattern.remove_prefix(root.size());
      if (pattern == "*") return false;  // "exercise.*" covers nothing: a star stands alone
      break;
    }
  }
  return std::any_of(items.begin(), items.end(), [&](const MatrixItem& each) {
    return covers(pattern, each.id) || source(after_item(pattern, each.id)) != nullptr;
  });
}

}  // namespace noroshi
