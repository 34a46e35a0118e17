#include "tests/unit/auditor/sample_log.h"

#include <algorithm>

#include "proto/tlog/entry_leaf.h"
#include "proto/wire/decode.h"

namespace noroshi::test {

using auditor::Fault;

namespace {

Bytes posture(const std::string& reason) {
  v1::PostureChange change;
  change.set_posture("heightened");
  change.set_reason(reason);
  return change.SerializeAsString();
}

Row row_of(Seq seq, Micros at, EntryKind kind, Bytes body, bool redacted) {
  Row out;
  out.entry.seq = seq;
  out.entry.recorded_at = at;
  out.entry.kind = kind;
  out.entry.lane = Lane::urgent;
  if (redacted) {
    out.entry.leaf = wire::sha256(body);
    out.redacted = true;
    return out;
  }
  out.entry.salt = wire::random_salt();
  out.entry.leaf = wire::leaf_of(out.entry.salt, body);
  out.entry.body = std::move(body);
  return out;
}

tlog::Frontier tree_of(const Rows& rows, std::size_t size) {
  tlog::Frontier tree;
  for (std::size_t i = 0; i < size; ++i) tree.append(tlog::leaf_hash(rows[i].entry));
  return tree;
}

}  // namespace

Member Signer::member() const {
  Member out;
  out.organization = organization;
  out.name = {{"ja", "会員"}, {"en", "Member"}};
  out.tier = Tier::operator_;
  out.source = "sector";
  out.publish = {"*"};
  out.signing_keys = {key.public_key};
  return out;
}

SampleLog::SampleLog(std::size_t entries, unsigned signed_share) {
  for (const char* name : {"power-a", "bank-b", "gas-c"}) add_member(authors_.emplace_back(Signer{name}).member());
  for (std::size_t n = rows_.size(); n < entries; ++n) {
    const Signer& author = authors_[n % authors_.size()];
    const bool redacted = n % 7 == 0;
    if (n * 37 % 100 >= signed_share)
      add(n % 2 == 0 || redacted ? EntryKind::posture : EntryKind::digest,
          n % 2 == 0 || redacted ? posture("reason " + std::to_string(n)) : v1::DigestRelease().SerializeAsString(),
          redacted);
    else if (n % 3 == 0)
      add_report(author, redacted);
    else
      add(EntryKind::receipt,
          wire::sign_receipt(author.key, {author.organization, Stage::opened, {wire::make_uuidv7(now_)}, {}, "", now_})
              .SerializeAsString(),
          redacted);
  }
}

void SampleLog::add(EntryKind kind, Bytes body, bool redacted) {
  wait(1);
  rows_.push_back(row_of(Seq{rows_.size() + 1}, now_, kind, std::move(body), redacted));
}

void SampleLog::add_report(const Signer& author, bool redacted) {
  v1::Report report;
  report.set_id(wire::make_uuidv7(now_).value);
  report.set_organization(author.organization);
  report.set_item("C.it-failure");
  report.set_source("sector");
  report.set_status(v1::Report::ACTUAL);
  report.set_tlp("GREEN");
  (*report.mutable_title())["ja"] = "停電";
  add(EntryKind::report, wire::sign_report(author.key, report).SerializeAsString(), redacted);
}

void SampleLog::add_member(const Member& member) {
  add(EntryKind::member, wire::sign_member(registrar_, member).SerializeAsString());
}

void SampleLog::add_receipt(const Signer& author, const TreeHead& seen) {
  const Receipt receipt{author.organization, Stage::delivered, {wire::make_uuidv7(now_)}, std::nullopt, "", now_, seen};
  add(EntryKind::receipt, wire::sign_receipt(author.key, receipt).SerializeAsString());
}

tlog::VerifierKey SampleLog::log_key() const { return tlog::log_key("log.example", log_.public_key); }

std::string SampleLog::sign(const Rows& rows) const { return tlog::sign_checkpoint(checkpoint_of(rows), log_); }

v1::BundleHead SampleLog::head(const Rows& rows) const {
  v1::BundleHead out;
  out.set_verifier_key(tlog::to_text(log_key()));
  out.set_registrar(std::string(registrar_.public_key.begin(), registrar_.public_key.end()));
  out.set_checkpoint(sign(rows));
  return out;
}

tlog::Checkpoint checkpoint_of(const Rows& rows) {
  return {"log.example", rows.size(), tree_of(rows, rows.size()).root(), {}};
}

TreeHead head_of(const SampleLog& log, std::size_t size) { return {size, tree_of(log.rows(), size).root()}; }

auditor::Earlier earlier_of(const Rows& rows, std::size_t size) { return {{size, tree_of(rows, size).root()}}; }

std::optional<Fault> found(const SampleLog& log, const Rows& rows, const std::string& note, auditor::Earlier earlier) {
  const auto opened = auditor::opened(note, log.log_key());
  if (const auto* finding = std::get_if<auditor::Finding>(&opened)) return finding->fault;
  const auto& checkpoint = std::get<tlog::Checkpoint>(opened);
  auto leads_from = auditor::earlier_than(checkpoint, std::move(earlier));
  if (!leads_from) return auditor::Fault::rewritten;
  auditor::LogCheck check(log.registrar().public_key, std::move(*leads_from));
  for (const Row& row : rows)
    if (const auto finding = check.take(row.entry, row.redacted)) return finding->fault;
  if (const auto finding = check.finish(checkpoint)) return finding->fault;
  return std::nullopt;
}

Rows forged(Rows rows, Forgery how, std::size_t before, std::mt19937_64& chance) {
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(chance() % below); };
  const auto at = [&](std::size_t n) { return rows.begin() + static_cast<std::ptrdiff_t>(n); };
  // What the forger makes up is hidden, or the broker's own word: it has nobody's signature to show.
  const auto made_up = [&] {
    const bool hidden = pick(2) == 0;
    return row_of({}, {}, EntryKind::posture, posture("forged " + std::to_string(chance())), hidden);
  };
  std::vector<Micros> times;
  for (const Row& row : rows) times.push_back(row.entry.recorded_at);
  const std::size_t where = pick(before);
  switch (how) {
    case Forgery::drop: rows.erase(at(where)); break;
    case Forgery::insert: rows.insert(at(where), made_up()); break;
    case Forgery::change:
      if (pick(3) == 0 && where > 0)
        times[where] = times[where] + -1;  // a time that is still in order
      else
        rows[where] = made_up();
      break;
    case Forgery::reorder: std::swap(rows[where], rows[(where + 1 + pick(before - 1)) % before]); break;
    case Forgery::cut: rows.resize(where); break;
  }
  while (times.size() < rows.size()) times.push_back(times.back() + 1);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].entry.seq = Seq{i + 1};
    rows[i].entry.recorded_at = times[i];
  }
  return rows;
}

}  // namespace noroshi::test
