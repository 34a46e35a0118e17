// A report as plain data: what validation, routing and entitlement look at. Decoded from the publisher's bytes by
// proto/wire/decode; the bytes themselves stay the truth.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "proto/types/ids.h"
#include "proto/types/names.h"

namespace noroshi {

using Localized = std::map<std::string, std::string>;  // language -> UTF-8 text

struct Section {
  std::string field;
  std::optional<SectionState> state;  // nullopt: not given
  Localized text;
};

struct Audience {
  std::vector<std::string> sectors;
  std::vector<std::string> tiers;
  std::vector<std::string> organizations;
  bool empty() const { return sectors.empty() && tiers.empty() && organizations.empty(); }
};

struct RelatesTo {
  ReportId report;
  Relation relation{};
};

// What a subscription asks for by its topic.
struct Subject {
  std::string item;
  std::string source;
};

struct Attachment {
  std::string name;
  std::string media_type;
  std::size_t bytes = 0;
};

struct Report {
  ReportId id;
  std::string organization;
  std::string item;
  std::string source;
  std::optional<Status> status;  // nullopt: not given
  Localized title;
  std::vector<Section> sections;
  std::string tlp;  // as written; parsed by schemas/report_check
  Audience audience;
  std::optional<Micros> occurred_at;
  std::optional<Micros> detected_at;
  std::optional<Micros> issued_at;
  std::optional<Micros> expires_at;
  std::uint32_t serial = 0;
  std::optional<RelatesTo> relates_to;
  bool relation_given_without_kind = false;  // relates_to present, its relation not
  std::size_t references = 0;
  std::size_t vulnerabilities = 0;
  std::size_t indicators = 0;
  std::vector<Attachment> attachments;
  std::optional<ResponseRoom> response_room;
  std::size_t size = 0;  // of the serialised report, bytes
  Hash digest{};         // SHA-256 of the serialised report: the same id with another digest is a conflict

  // Of the report that this one succeeds, of the one that that one did, and so on. Not in its bytes: filled in from the log, so
  // that what updates, corrects or calls back one of them reaches whoever was given any.
  std::vector<Subject> touched;
  bool touches_urgent = false;  // one of them went on the urgent lane

  // Takes the place of the one it relates to, or ends it: a version of a thread.
  bool succeeds() const { return calls_back() || (relates_to && relates_to->relation == Relation::update); }
  bool calls_back() const {
    return relates_to && (relates_to->relation == Relation::cancel || relates_to->relation == Relation::correction);
  }
  // The label, once report_check has accepted the report.
  std::optional<Tlp> label() const { return value_in(kTlps, tlp); }
};

}  // namespace noroshi
