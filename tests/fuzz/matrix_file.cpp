// matrix.toml, as somebody edited it.
#include "proto/types/topic.h"
#include "schemas/matrix_loader.h"
#include "schemas/report_check.h"
#include "tests/fuzz/fuzz.h"

using namespace noroshi;
using fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Matrix matrix;
  try {
    matrix = parse_matrix({reinterpret_cast<const char*>(data), size}, "matrix.toml");
  } catch (const MatrixError& error) {
    const std::string_view what = error.what();
    promise(what.starts_with("matrix.toml:") && !what.starts_with("matrix.toml:0:") && what.size() > 20,
            "an error says where and what");
    return 0;
  }
  promise(!matrix.version.empty() && !matrix.items.empty() && !matrix.sources.empty(), "a matrix is complete");
  for (const MatrixItem& item : matrix.items) {
    promise(matrix.item(item.id) == &item, "an item has an id of its own");
    promise(matrix.category(item.category) != nullptr && !item.fields.empty(), "an item is complete");
    for (const auto& [posture, name] : kPostures) static_cast<void>(lane_of(matrix, item.id, posture));
    for (const Status drill : {Status::exercise, Status::test})
      promise(!topic_of(Status::actual, item.id, "").starts_with(topic_root(drill)),
              "no live topic looks like a drill's");
    for (const SourceGroup& source : matrix.sources)
      for (const auto& [status, name] : kStatuses)
        promise(matrix.knows_topic(topic_of(status, item.id, source.id)), "every topic of a matrix is known to it");
  }
  for (const MatrixCategory& category : matrix.categories)
    promise(category.deadlines.size() == kPostures.size(), "a category has deadlines for every posture");
  return 0;
}
