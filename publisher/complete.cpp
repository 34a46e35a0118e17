#include "publisher/complete.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <string>
#include <utility>

#include "schemas/report_check.h"

namespace noroshi::publisher {

namespace {

// The first 48 bits are milliseconds since 1970 (RFC 9562, 5.7).
Micros time_of_uuidv7(const std::string& id) {
  const std::string hex = id.substr(0, 8) + id.substr(9, 4);
  return Micros{std::stoll(hex, nullptr, 16) * kMicrosPerMilli};
}

}  // namespace

void complete(v1::Report& report, const Author& author, const Matrix& matrix, Identity identity, Micros now) {
  if (report.organization().empty()) report.set_organization(author.organization);
  if (report.source().empty()) report.set_source(author.source);
  for (v1::Section& section : *report.mutable_sections())
    if (section.state() == v1::Section::STATE_UNSPECIFIED && !section.text().empty())
      section.set_state(v1::Section::KNOWN);

  if (identity == Identity::derived) {
    const Micros issued{report.issued_at().seconds() * kMicrosPerSecond + report.issued_at().nanos() / 1000};
    report.clear_id();
    report.set_id(wire::derive_uuidv7(issued, serialized(report)).value);
    return;
  }
  if (!report.has_issued_at()) {
    // With an id of its own the report must come out the same each time it is sent: its time is the id's.
    const Micros issued = is_uuidv7(report.id()) ? time_of_uuidv7(report.id()) : now;
    report.mutable_issued_at()->set_seconds(issued.value / kMicrosPerSecond);
    report.mutable_issued_at()->set_nanos(static_cast<std::int32_t>(issued.value % kMicrosPerSecond * 1000));
  }
  if (report.id().empty()) report.set_id(wire::make_uuidv7(now).value);
  if (report.matrix_version().empty()) report.set_matrix_version(matrix.version);
}

Bytes serialized(const v1::Report& report) {
  Bytes bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  {
    google::protobuf::io::CodedOutputStream out(&stream);  // hands its last bytes over when it ends
    out.SetSerializationDeterministic(true);
    report.SerializeToCodedStream(&out);
  }
  return bytes;
}

v1::SignedReport sign(const wire::SigningKey& key, Bytes report) {
  v1::SignedReport out;
  out.set_signature(wire::sign(key, wire::kReportContext, report));
  out.set_key_id(wire::key_id(key.public_key));
  out.set_report(std::move(report));
  return out;
}

}  // namespace noroshi::publisher
