// Enumerations with one spelling each: the C++ value, the text in JSON, files, topics, metrics and the log.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace noroshi {

template <class E, std::size_t N>
using NameTable = std::array<std::pair<E, std::string_view>, N>;

template <class E, std::size_t N>
constexpr std::string_view name_in(const NameTable<E, N>& table, E value) {
  for (const auto& [e, name] : table)
    if (e == value) return name;
  return "?";
}

template <class E, std::size_t N>
constexpr std::optional<E> value_in(const NameTable<E, N>& table, std::string_view name) {
  for (const auto& [e, n] : table)
    if (n == name) return e;
  return std::nullopt;
}

enum class Lane { urgent = 1, batched = 2 };
inline constexpr NameTable<Lane, 2> kLanes{{{Lane::urgent, "urgent"}, {Lane::batched, "batched"}}};

enum class Posture { normal = 1, heightened = 2, incident = 3 };
inline constexpr NameTable<Posture, 3> kPostures{
    {{Posture::normal, "normal"}, {Posture::heightened, "heightened"}, {Posture::incident, "incident"}}};

// TLP 2.0, in order of growing restriction: comparable.
enum class Tlp { clear = 1, green = 2, amber = 3, amber_strict = 4, red = 5 };
inline constexpr NameTable<Tlp, 5> kTlps{{{Tlp::clear, "CLEAR"},
                                          {Tlp::green, "GREEN"},
                                          {Tlp::amber, "AMBER"},
                                          {Tlp::amber_strict, "AMBER+STRICT"},
                                          {Tlp::red, "RED"}}};

enum class Status { actual = 1, exercise = 2, test = 3 };
inline constexpr NameTable<Status, 3> kStatuses{
    {{Status::actual, "ACTUAL"}, {Status::exercise, "EXERCISE"}, {Status::test, "TEST"}}};

enum class Tier { nisc = 1, ministry, ceptoar, operator_, vendor, research, auditor };
inline constexpr NameTable<Tier, 7> kTiers{{{Tier::nisc, "nisc"},
                                            {Tier::ministry, "ministry"},
                                            {Tier::ceptoar, "ceptoar"},
                                            {Tier::operator_, "operator"},
                                            {Tier::vendor, "vendor"},
                                            {Tier::research, "research"},
                                            {Tier::auditor, "auditor"}}};

enum class Relation { update = 1, correction, cancel, comment, summary, reference };
inline constexpr NameTable<Relation, 6> kRelations{{{Relation::update, "UPDATE"},
                                                    {Relation::correction, "CORRECTION"},
                                                    {Relation::cancel, "CANCEL"},
                                                    {Relation::comment, "COMMENT"},
                                                    {Relation::summary, "SUMMARY"},
                                                    {Relation::reference, "REFERENCE"}}};

enum class SectionState { known = 1, investigating, none, unknown };
inline constexpr NameTable<SectionState, 4> kSectionStates{{{SectionState::known, "KNOWN"},
                                                            {SectionState::investigating, "INVESTIGATING"},
                                                            {SectionState::none, "NONE"},
                                                            {SectionState::unknown, "UNKNOWN"}}};

// Of a 対策室, by which a C.emergency-notice opens or ends a response.
enum class ResponseRoom { opened = 1, closed };

// How far a report has come with a member, and what it answered (疎通確認).
enum class Stage { delivered = 1, opened, responded };
inline constexpr NameTable<Stage, 3> kStages{
    {{Stage::delivered, "DELIVERED"}, {Stage::opened, "OPENED"}, {Stage::responded, "RESPONDED"}}};

enum class Answer { relevant = 1, not_relevant, investigating, handled };
inline constexpr NameTable<Answer, 4> kAnswers{{{Answer::relevant, "RELEVANT"},
                                                {Answer::not_relevant, "NOT_RELEVANT"},
                                                {Answer::investigating, "INVESTIGATING"},
                                                {Answer::handled, "HANDLED"}}};

// Kinds of log entries; the numbers are the kind byte of the leaf data.
enum class EntryKind { report = 1, receipt = 2, member = 3, posture = 4, digest = 5, access = 6, overdue = 7 };
inline constexpr NameTable<EntryKind, 7> kEntryKinds{{{EntryKind::report, "report"},
                                                      {EntryKind::receipt, "receipt"},
                                                      {EntryKind::member, "member"},
                                                      {EntryKind::posture, "posture"},
                                                      {EntryKind::digest, "digest"},
                                                      {EntryKind::access, "access"},
                                                      {EntryKind::overdue, "overdue"}}};

// What an auditor's replay is for, as its program says.
enum class Purpose { replay = 0, verify, export_, prove, receipts };
inline constexpr NameTable<Purpose, 5> kPurposes{{{Purpose::replay, "replay"},
                                                  {Purpose::verify, "verify"},
                                                  {Purpose::export_, "export"},
                                                  {Purpose::prove, "prove"},
                                                  {Purpose::receipts, "receipts"}}};

constexpr std::string_view name_of(Lane v) { return name_in(kLanes, v); }
constexpr std::string_view name_of(Posture v) { return name_in(kPostures, v); }
constexpr std::string_view name_of(Tlp v) { return name_in(kTlps, v); }
constexpr std::string_view name_of(Status v) { return name_in(kStatuses, v); }
constexpr std::string_view name_of(Tier v) { return name_in(kTiers, v); }
constexpr std::string_view name_of(Relation v) { return name_in(kRelations, v); }
constexpr std::string_view name_of(SectionState v) { return name_in(kSectionStates, v); }
constexpr std::string_view name_of(Stage v) { return name_in(kStages, v); }
constexpr std::string_view name_of(Answer v) { return name_in(kAnswers, v); }
constexpr std::string_view name_of(EntryKind v) { return name_in(kEntryKinds, v); }
constexpr std::string_view name_of(Purpose v) { return name_in(kPurposes, v); }

}  // namespace noroshi
