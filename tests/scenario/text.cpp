#include "tests/scenario/text.h"

#include "tests/support/core_world.h"

namespace noroshi::test {

namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

std::string number(Seq seq) { return std::to_string(seq.value); }

template <class List, class Text>
std::string joined(const List& list, Text text) {
  std::string all;
  for (const auto& each : list) all += (all.empty() ? "" : ",") + std::string(text(each));
  return all;
}

// As seconds since the story began.
std::string moment(Micros at) { return "+" + std::to_string((at - kStart) / kMicrosPerSecond) + "s"; }

std::string content_of(const core::Append& append) {
  return std::visit(
      Overloaded{
          [](std::monostate) { return std::string("nothing"); },
          [&](const Report& report) {
            return "report " + name_of(report.id) + " " + report.item + " " +
                   std::string(noroshi::name_of(append.lane));
          },
          [](const Member& member) { return "member " + member.organization + (member.revoked ? " revoked" : ""); },
          [](const Receipt& receipt) {
            std::string out = "receipt " + receipt.organization + " " + std::string(noroshi::name_of(receipt.stage));
            for (const ReportId& id : receipt.reports) out += " " + name_of(id);
            return out;
          },
          [](const Overdue& overdue) {
            std::string out = "overdue " + name_of(overdue.report) + " " + std::string(noroshi::name_of(overdue.stage));
            for (const std::string& organization : overdue.organizations) out += " " + organization;
            return out;
          },
          [](const Access& access) {
            return "access " + access.organization + " " + std::string(noroshi::name_of(access.purpose)) + " " +
                   number(access.from) + ".." + number(access.to) +
                   " kinds=" + joined(access.kinds, [](EntryKind kind) { return noroshi::name_of(kind); }) +
                   (access.topics.empty() ? "" : " topics=" + joined(access.topics, [](auto& topic) { return topic; }));
          },
          [](const PostureChange& change) { return "posture " + std::string(noroshi::name_of(change.posture)); },
          [](const DigestRelease& release) {
            return "digest upto=" + number(release.upto) + " count=" + std::to_string(release.count) + " " +
                   release.cause;
          }},
      append.content);
}

std::string listed(const std::vector<core::Released>& entries) {
  return joined(names(entries), [](const std::string& name) { return name; });
}

std::string text_of(const core::Message& message) {
  return std::visit(
      Overloaded{[](const core::Welcome& m) {
                   return "welcome posture=" + m.posture + " head=" + number(m.head) + " cursor=" + number(m.cursor);
                 },
                 [](const core::Refused& m) { return "refused " + std::string(noroshi::name_of(m.reason)); },
                 [](const core::HelloRequired&) { return std::string("hello-required"); },
                 [](const core::Accepted& m) {
                   return "accepted " + name_of(m.report) + " seq=" + number(m.seq) + " " +
                          std::string(noroshi::name_of(m.lane)) + " at=" + moment(m.recorded_at) +
                          (m.duplicate ? " duplicate" : "");
                 },
                 [](const core::Rejected& m) {
                   return "rejected " + name_of(m.report) + " " + std::string(noroshi::name_of(m.why.reason)) +
                          (m.why.field.empty() ? "" : " " + m.why.field);
                 },
                 [](const core::Deliver& m) {
                   return (m.digest ? "digest " : "deliver ") + listed(m.entries) + " upto=" + number(m.upto);
                 },
                 [](const core::Beat& m) {
                   return "beat upto=" + number(m.upto) + " head=" + number(m.head) + " posture=" + m.posture;
                 },
                 [](const core::ReplayChunk& m) { return "replay " + listed(m.entries) + " upto=" + number(m.upto); },
                 [](const core::ReplayEnd& m) { return "replay-end upto=" + number(m.upto); },
                 [](const core::ReceiptAccepted& m) {
                   return m.duplicate ? std::string("receipt known") : "receipt accepted seq=" + number(m.seq);
                 },
                 [](const core::Reminder& m) {
                   return "reminder " + name_of(m.report) + " " + std::string(noroshi::name_of(m.stage));
                 },
                 [](const core::ProofAnswer& m) { return std::string(m.known ? "proof" : "no proof"); },
                 [](const core::BoardAnswer& m) { return "board of " + std::to_string(m.reports.size()); },
                 [](const core::RosterAnswer& m) { return "roster of " + std::to_string(m.members.size()); }},
      message);
}

std::string text_of(core::Event::Kind kind) {
  using enum core::Event::Kind;
  switch (kind) {
    case session_opened: return "session-opened";
    case session_closed: return "session-closed";
    case member_silent: return "member-silent";
    case refused: return "refused";
    case rejected: return "rejected";
    case digest_released: return "digest-released";
    case posture_changed: return "posture-changed";
    case posture_proposed: return "posture-proposed";
    case overdue: return "overdue";
    case member_changed: return "member-changed";
    case rate_limited: return "rate-limited";
  }
  return "?";
}

}  // namespace

std::vector<std::string> lines_of(const core::Outcome& outcome, const PeerName& name) {
  std::vector<std::string> lines;
  for (const core::Append& append : outcome.append)
    lines.push_back("append " + number(append.seq) + " " + content_of(append) + " at=" + moment(append.recorded_at));
  for (const core::Send& send : outcome.send) lines.push_back("to " + name(send.peer) + " " + text_of(send.message));
  for (const core::FeedItem& item : outcome.feed)
    lines.push_back("feed " + std::string(noroshi::name_of(item.lane)) + " " + item.topic + " " + listed({item.entry}));
  for (const core::ReadRequest& read : outcome.read)
    lines.push_back("read for " + name(read.peer) + " from=" + number(read.from) +
                    " kinds=" + joined(read.kinds, [](EntryKind kind) { return noroshi::name_of(kind); }) +
                    (read.lane ? " lane=" + std::string(noroshi::name_of(*read.lane)) : ""));
  for (const PeerId peer : outcome.close) lines.push_back("close " + name(peer));
  for (const core::Call& call : outcome.calls)
    for (const core::Call::Behind& each : call.organizations)
      lines.push_back("call " + each.organization + " " + name_of(call.report) + " " +
                      std::string(noroshi::name_of(call.stage)) + (each.contact.empty() ? "" : " " + each.contact));
  for (const core::AdminDone& done : outcome.admin)
    lines.push_back(done.error.empty() ? "admin done seq=" + number(done.seq) : "admin error " + done.error);
  for (const core::Event& event : outcome.events)
    lines.push_back("event " + text_of(event.kind) + (event.organization.empty() ? "" : " " + event.organization) +
                    (event.detail.empty() ? "" : " " + event.detail));
  return lines;
}

}  // namespace noroshi::test
