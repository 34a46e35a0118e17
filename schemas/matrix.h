// The matrix of information to be shared, as plain data. Source: NISC, 共有すべき情報の整理について (June 2011). It is
// reviewed from time to time, so it is data: schemas/matrix.toml, read by schemas/matrix_loader.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/types/names.h"
#include "proto/types/report.h"

namespace noroshi {

struct MatrixField {
  std::string id;   // "emergency-response"
  Localized label;  // ja, en
};

struct MatrixItem {
  std::string id;        // "C.it-failure"
  std::string category;  // "C", "B.c"
  Localized label;
  std::vector<MatrixField> fields;  // in the order of the source document; never empty
  std::map<Posture, Lane> lane;     // all three postures
  const MatrixField* field(std::string_view id) const;
};

// How long after its release a report may stay unconfirmed before the confirmation board says so; each at least the
// one before.
struct ReceiptDeadlines {
  std::chrono::minutes delivered{};
  std::chrono::minutes opened{};
  std::chrono::minutes responded{};
};

struct MatrixCategory {
  std::string id;
  Localized label;
  Localized timing;                               // "(ア) 平時", ...
  std::map<Posture, ReceiptDeadlines> deadlines;  // all three postures
};

struct SourceGroup {
  std::string id;
  Localized label;
};

struct Matrix {
  std::string version;
  std::vector<MatrixCategory> categories;
  std::vector<SourceGroup> sources;
  std::map<Posture, Localized> postures;
  std::vector<MatrixItem> items;  // in the order of the source document

  const MatrixItem* item(std::string_view id) const;
  const MatrixCategory* category(std::string_view id) const;
  const SourceGroup* source(std::string_view id) const;
  // Whether a subscription or publishing pattern ("C", "B.c", "C.it-failure", "C.it-failure.sector", "*", any of them
  // under "exercise." or "test.") can match any topic of this matrix.
  bool knows_topic(std::string_view pattern) const;
};

}  // namespace noroshi
