// From files to reports that are ready to leave, or the reasons why not: reading, importing, completing, checking.
// Nothing here knows the broker. Reads files; main thread only.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "proto/types/limits.h"
#include "proto/types/reason.h"
#include "proto/types/report.h"
#include "publisher/import.h"
#include "schemas/matrix.h"

namespace noroshi::publisher {

inline constexpr std::size_t kFileBytes = 256 * limits::MiB;  // a file of many reports; it is held in memory as a whole

// What --relates-to and --relation add to every report.
struct Relating {
  std::string report;
  Relation relation{};
};

struct Terms {
  const Matrix& matrix;
  std::optional<Author> author;  // nullopt: it stays here (validate), so neither whose it is nor placeholders matter
  std::optional<Relating> relating;
  Micros now{};
};

struct Checked {
  Report report;  // as the broker will read it
  Bytes bytes;
};

struct Prepared {
  std::string where;
  std::variant<Checked, Rejection> outcome;
};

// Completes a report and holds it against every rule that needs no broker; the same reasons as the broker's.
std::variant<Checked, Rejection> prepare(v1::Report report, Identity identity, const Terms& terms);

// The reports of one file's text, in order; `name` is for messages.
std::vector<Prepared> prepare_text(std::string_view name, std::string_view text, Importer importer, const Terms& terms);

// All files, in order. A file that cannot be read is handed to `missing` and stops none of the others.
std::vector<Prepared> prepare_files(const std::vector<std::string>& files, Importer importer, const Terms& terms,
                                    const std::function<void(const std::string&)>& missing);

// "json", "kev".
std::optional<Importer> importer_named(std::string_view format);

}  // namespace noroshi::publisher
