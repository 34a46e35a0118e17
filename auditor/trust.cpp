#include "auditor/trust.h"

#include <algorithm>
#include <utility>

#include "auditor/new_file.h"
#include "proto/cli/cli.h"

namespace noroshi::auditor {

namespace {

template <class Key>
void agree(std::optional<Key>& known, Key key, Text contradiction) {
  if (known && *known != key) throw cli::Failure(cli::kUsage, say(contradiction));
  known = std::move(key);
}

constexpr Text kLogsDiffer{
    "--verifier-key と資格情報の鍵が違います。どちらが正しいか、ブローカーの運用者に確認してください",
    "--verifier-key is not the credential's: ask the broker's operator which one is right"};
constexpr Text kRegistrarsDiffer{"--registrar と資格情報の鍵が違います。どちらが正しいか、登録機関に確認してください",
                                 "--registrar is not the credential's: ask the registrar which one is right"};

}  // namespace

void Given::add(const wire::Credential& credential) {
  if (credential.broker_log) agree(log, tlog::log_key(credential.broker, *credential.broker_log), kLogsDiffer);
  agree(registrar, credential.registrar, kRegistrarsDiffer);
}

void Given::add_verifier_key(const std::string& text) {
  const auto key = tlog::parse_verifier_key(text);
  if (!key || key->type != tlog::KeyType::ed25519)
    throw cli::Failure(cli::kUsage, "--verifier-key: " +
                                        (key ? say({"これは証人の鍵です", "this is a witness's key"})
                                             : tlog::describe(key.problem())) +
                                        say({"。noroshi-broker status の verifierKey の値を指定してください",
                                             ": give what `noroshi-broker status` shows as verifierKey"}));
  agree(log, *key, kLogsDiffer);
}

void Given::add_registrar(const std::string& hex) {
  const auto raw = wire::from_hex(hex);
  PublicKey key{};
  if (!raw || raw->size() != key.size())
    throw cli::Failure(cli::kUsage, say({"--registrar: 資格情報の registrar と同じ、16進64桁で指定してください",
                                         "--registrar: give 64 hex digits, as `registrar` in every credential"}));
  std::copy(raw->begin(), raw->end(), key.begin());
  agree(registrar, key, kRegistrarsDiffer);
}

std::variant<tlog::Checkpoint, Finding> opened(const std::string& note, const tlog::VerifierKey& log) {
  const auto open = tlog::open_checkpoint(note, log);
  if (!open) return Finding{Fault::checkpoint_invalid, {}, tlog::describe(open.problem())};
  return open->checkpoint;
}

Seen::Seen(std::filesystem::path file, const tlog::VerifierKey& log) : file_(std::move(file)), log_(log) {
  if (file_.empty()) return;
  const NewFile writable(file_);  // to be told now, not after an hour
  if (!std::filesystem::exists(file_)) return;
  note_ = cli::read_file(file_, tlog::kMaxNoteBytes);
  const auto open = tlog::open_checkpoint(note_, log);
  if (!open)
    throw cli::Failure(cli::kUsage,
                       file_.string() +
                           say({": このログのチェックポイントではありません: ", ": is no checkpoint of this log: "}) +
                           tlog::describe(open.problem()));
  checkpoint_ = open->checkpoint;
}

bool Seen::overtaken_by_another(const std::string& note) const {
  if (!std::filesystem::exists(file_)) return false;
  const auto there = tlog::open_checkpoint(cli::read_file(file_, tlog::kMaxNoteBytes), log_);
  const auto ours = tlog::open_checkpoint(note, log_);
  return there && ours && there->checkpoint.size > ours->checkpoint.size;
}

void Seen::replace(const std::string& note) const {
  if (!file_.empty() && note != note_ && !overtaken_by_another(note)) write_file(file_, note);
}

}  // namespace noroshi::auditor
