// What the publisher adds to a report before it is signed. Pure but for the random id; any thread.
#pragma once

#include <optional>
#include <string>

#include "noroshi/v1/report.pb.h"
#include "proto/types/ids.h"
#include "proto/wire/signing.h"
#include "schemas/matrix.h"

namespace noroshi::publisher {

// Whose report it is: from the credential.
struct Author {
  std::string organization;
  std::string source;
};

// Where a report's id comes from.
enum class Identity {
  fresh,    // made now, unless given
  derived,  // from the content: the same content always has the same id, other content another one
};

// Fills in what is not given: organization, source, issued_at (now), KNOWN for sections with text, id, matrix_version.
// Derived: nothing that depends on now or on the matrix in use goes in, so that the same entry always gives the same
// bytes; issued_at must be given.
void complete(v1::Report& report, const Author& author, const Matrix& matrix, Identity identity, Micros now);

// The report's bytes, the same every time: languages in order (protobuf's maps have none of their own).
Bytes serialized(const v1::Report& report);

// Signs exactly these bytes.
v1::SignedReport sign(const wire::SigningKey& key, Bytes report);

}  // namespace noroshi::publisher
