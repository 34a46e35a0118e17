#include "proto/tlog/witness.h"

#include "proto/tlog/checkpoint.h"
#include "proto/tlog/planted.h"
#include "proto/tlog/text_form.h"
#include "proto/types/words.h"

namespace noroshi::tlog {

namespace {

enum HttpStatus { ok = 200, bad_request = 400, forbidden = 403, not_found = 404, conflict = 409, unprocessable = 422 };

constexpr std::string_view kSizeType = "text/x.tlog.size";

std::string request_of(std::uint64_t old_size, const Proof& proof, std::string_view checkpoint) {
  std::string out = "old " + std::to_string(old_size) + "\n";
  for (const Hash& hash : proof) out += wire::to_base64(octets(hash)) + "\n";
  return out.append("\n").append(checkpoint);
}

std::optional<std::uint64_t> size_in(const WitnessReply& reply) {
  if (reply.type != kSizeType || !reply.body.ends_with('\n')) return std::nullopt;
  return parse_number(std::string_view(reply.body).substr(0, reply.body.size() - 1));
}

Verdict contradiction(Text before, std::uint64_t size, Text after) {
  return {{}, say(before) + std::to_string(size) + say(after), true};
}

}  // namespace

Result<std::string> cosignature_in(std::string_view answer, std::string_view text, const VerifierKey& witness) {
  const auto opened = open_note(std::string(text).append("\n").append(answer), {&witness, 1});
  if (!opened) return opened.problem();
  // An answer with an empty line in it would move the end of the text.
  if (opened->note.text != text && !planted(Bug::cosigned_text_not_compared)) return Fault::bad_checkpoint;
  for (const NoteSignature& each : opened->note.signatures)
    if (each.name == witness.name && each.key_id == key_id(witness)) return signature_line(each);
  return Fault::no_known_signature;
}

Verdict WitnessClient::ask(const std::string& checkpoint) {
  const Note note = parse_note(checkpoint).take();
  const std::uint64_t size = parse_checkpoint(note.text)->size;
  for (bool again = false;; again = true) {
    const std::uint64_t proven = planted(Bug::consistency_from_elsewhere) && seen_ > 1 ? seen_ - 1 : seen_;
    const auto proof = consistency_proof(proven, size, read_);
    if (!proof) return {{}, describe(proof.problem()), false};
    const WitnessReply reply = post_(request_of(seen_, *proof, checkpoint));
    if (reply.status != conflict) return judge(reply, note.text, size);
    Verdict out{{}, "HTTP 409", false};
    if (!learns(reply, size, out) || again) return out;
  }
}

// Whether it makes sense to ask again, from where the witness says that it is.
bool WitnessClient::learns(const WitnessReply& reply, std::uint64_t size, Verdict& out) {
  const auto theirs = size_in(reply);
  if (!theirs) {
    out.trouble = say({"409 に、前回の大きさが付いていません", "its 409 does not say which size it has"});
  } else if (*theirs > size) {
    out = contradiction(
        {"この証人は、より長いログに連署しています (", "it has cosigned a longer log ("}, *theirs,
        {" 件)。ログが巻き戻されていないか調べてください", " entries): find out whether the log was set back"});
  } else if (*theirs != seen_) {
    seen_ = *theirs;
    return true;
  } else if (*theirs == size) {
    out = contradiction({"この証人は、", "it has cosigned another log of "}, *theirs,
                        {" 件の別のログに連署しています。ログが書き換えられていないか調べてください",
                         " entries: find out whether the log was changed"});
  }
  return false;
}

Verdict WitnessClient::judge(const WitnessReply& reply, std::string_view text, std::uint64_t size) {
  if (!reply.trouble.empty()) return {{}, reply.trouble, false};
  switch (reply.status) {
    case ok: {
      auto line = cosignature_in(reply.body, text, witness_);
      if (!line)
        return {{}, say({"連署が正しくありません: ", "its cosignature is none: "}) + describe(line.problem()), false};
      seen_ = size;
      return {line.take(), {}, false};
    }
    case not_found:
      return {{},
              say({"このログを知りません (404)。origin と検証鍵を証人に登録してもらってください",
                   "it does not know this log (404): have its operator add origin and verifier key"}),
              false};
    case forbidden:
      return {{},
              say({"このログの署名を信用していません (403)。登録された検証鍵を確かめてください",
                   "it does not trust this log's signature (403): check which verifier key it was given"}),
              false};
    case unprocessable:
      return contradiction({"この証人が見た最初の ", "this log does not begin with the "}, seen_,
                           {" 件と一致しません (422)。ログが書き換えられていないか調べてください",
                            " entries that it has seen (422): find out whether the log was changed"});
    default: return {{}, "HTTP " + std::to_string(reply.status), false};
  }
}

}  // namespace noroshi::tlog
