// A witness as https://c2sp.org/tlog-witness has it, in as few lines as that allows.
#pragma once

#include <string>

#include "proto/tlog/checkpoint.h"
#include "proto/tlog/proof.h"
#include "proto/tlog/text_form.h"
#include "proto/tlog/witness.h"

namespace noroshi::test {

class WitnessDouble {
 public:
  explicit WitnessDouble(tlog::VerifierKey log) : log_(std::move(log)) {}

  tlog::VerifierKey key() const { return {"witness.example/w1", tlog::KeyType::cosignature_v1, key_.public_key}; }
  std::string line(std::string_view text) const {
    return tlog::signature_line(tlog::cosign_text(key().name, key_, text, 1'800'000'000));
  }
  tlog::WitnessClient::Post post() {
    return [this](const std::string& request) { return answer(request); };
  }

  int requests = 0;
  std::uint64_t size = 0;
  Hash root = tlog::empty_root();

 private:
  tlog::WitnessReply answer(const std::string& request) {
    ++requests;
    const std::size_t blank = request.find("\n\n");
    tlog::Lines lines(std::string_view(request).substr(0, blank + 1));
    const auto old_size = tlog::parse_number(lines.next()->substr(4));
    tlog::Proof proof;
    while (!lines.empty()) proof.push_back(*tlog::parse_hash(*lines.next()));
    const std::string note = request.substr(blank + 2);
    const auto opened = tlog::open_checkpoint(note, log_);
    if (!opened) return {403, {}, {}, {}};
    const tlog::Checkpoint& checkpoint = opened->checkpoint;
    if (*old_size > checkpoint.size) return {400, {}, {}, {}};
    if (*old_size != size || (size == checkpoint.size && root != checkpoint.root))
      return {409, "text/x.tlog.size", std::to_string(size) + "\n", {}};
    if (tlog::verify_consistency(size, root, checkpoint.size, checkpoint.root, proof) != tlog::Fault::none)
      return {422, {}, {}, {}};
    size = checkpoint.size;
    root = checkpoint.root;
    return {200, {}, line(tlog::parse_note(note)->text), {}};
  }

  tlog::VerifierKey log_;
  wire::SigningKey key_ = wire::make_signing_key();
};

}  // namespace noroshi::test
