// A small log with everything in it, signed by everybody who has to, for the tests of its verification; and ways to forge it
// that keep whatever a forger can keep.
#pragma once

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "auditor/log_check.h"
#include "auditor/trust.h"
#include "noroshi/v1/bundle.pb.h"
#include "proto/wire/signing.h"

namespace noroshi::test {

struct Row {
  Entry entry;
  bool redacted = false;
};
using Rows = std::vector<Row>;

struct Signer {
  std::string organization;
  wire::SigningKey key = wire::make_signing_key();
  Member member() const;
};

class SampleLog {
 public:
  // `entries`, of which about `signed_share` of a hundred carry signatures that have to be checked; one in seven is hidden.
  explicit SampleLog(std::size_t entries, unsigned signed_share = 70);

  void add(EntryKind kind, Bytes body, bool redacted = false);
  void add_report(const Signer& author, bool redacted = false);
  void add_member(const Member& member);
  void add_receipt(const Signer& author, const TreeHead& seen);
  void wait(std::int64_t seconds) { now_ = now_ + seconds * kMicrosPerSecond; }

  const Rows& rows() const { return rows_; }
  Micros now() const { return now_; }
  Signer& author(std::size_t n) { return authors_.at(n); }
  const wire::SigningKey& registrar() const { return registrar_; }
  tlog::VerifierKey log_key() const;
  std::string sign(const Rows& rows) const;  // the checkpoint of a log of these
  v1::BundleHead head(const Rows& rows) const;

 private:
  wire::SigningKey registrar_ = wire::make_signing_key();
  wire::SigningKey log_ = wire::make_signing_key();
  std::vector<Signer> authors_;
  Rows rows_;
  Micros now_{1'800'000'000 * kMicrosPerSecond};
};

tlog::Checkpoint checkpoint_of(const Rows& rows);
TreeHead head_of(const SampleLog& log, std::size_t size);         // of its first so many entries
auditor::Earlier earlier_of(const Rows& rows, std::size_t size);  // somebody has seen so many of them

// What a verification by this registrar key finds; `note` is the checkpoint that comes with the rows.
std::optional<auditor::Fault> found(const SampleLog& log, const Rows& rows, const std::string& note,
                                    auditor::Earlier earlier = {});

enum class Forgery { drop, insert, change, reorder, cut };
// Some change before row `before`, numbered anew so that neither numbers nor times tell of it.
Rows forged(Rows rows, Forgery how, std::size_t before, std::mt19937_64& chance);

}  // namespace noroshi::test
