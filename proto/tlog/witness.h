// Having a witness cosign a log's checkpoints (https://c2sp.org/tlog-witness, "add-checkpoint"): the client's side of the
// conversation, whatever carries it. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "proto/tlog/proof.h"
#include "proto/tlog/verifier_key.h"

namespace noroshi::tlog {

inline constexpr std::size_t kMostWitnesses =
    15;  // a verifier need not accept more than 16 signatures: theirs, and the log's

// What came back for a request: an HTTP answer, or why there was none.
struct WitnessReply {
  int status = 0;
  std::string type;  // Content-Type
  std::string body;
  std::string trouble;  // for people; empty: there was an answer
};

struct Verdict {
  std::string line;            // the cosignature, as a line of the note; empty: there is none
  std::string trouble;         // then why not, for people; the same words for as long as it is the same trouble
  bool contradiction = false;  // what the witness has seen of this log is not how the log began
};

// The line by which this witness cosigns this text of a note, if that is what the answer is.
// Faults: those of open_note; bad_checkpoint: it would sign another text.
Result<std::string> cosignature_in(std::string_view answer, std::string_view text, const VerifierKey& witness);

// One witness, and what it is known to have seen last; that is not kept: from any state, the witness's own word tells. One
// owner, one thread.
class WitnessClient {
 public:
  using Post = std::function<WitnessReply(const std::string& request)>;
  WitnessClient(VerifierKey witness, HashReader read, Post post)
      : witness_(std::move(witness)), read_(std::move(read)), post_(std::move(post)) {}

  // At most two requests. Precondition: a checkpoint as the log has signed it, of the tree that is read. Throws what reading
  // and posting throw.
  Verdict ask(const std::string& checkpoint);

 private:
  Verdict judge(const WitnessReply& reply, std::string_view text, std::uint64_t size);
  bool learns(const WitnessReply& reply, std::uint64_t size, Verdict& out);

  VerifierKey witness_;
  HashReader read_;
  Post post_;
  std::uint64_t seen_ = 0;  // how large the log was that it cosigned last
};

}  // namespace noroshi::tlog
