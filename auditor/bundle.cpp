#include "auditor/bundle.h"

#include "noroshi/v1/session.pb.h"
#include "proto/cli/cli.h"
#include "proto/tlog/tree.h"
#include "proto/types/limits.h"
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"

namespace noroshi::auditor {

namespace {

constexpr std::string_view kMagic = "NOROSHI-BUNDLE 1\n";
constexpr std::size_t kLengthBytes = 4;

std::string length_of(std::size_t bytes) {
  std::string out(kLengthBytes, '\0');
  for (std::size_t i = 0; i < kLengthBytes; ++i) out[i] = static_cast<char>(bytes >> 8 * (kLengthBytes - 1 - i) & 0xff);
  return out;
}

Hash chain_on(const Hash& before, std::string_view bytes) { return wire::sha256(tlog::octets(before), bytes); }

[[noreturn]] void damaged(Text what, std::uint64_t at) {
  throw Damaged(say(what) + say({" (先頭から ", " (at byte "}) + std::to_string(at) + say({" バイト目)", ")"}));
}

}  // namespace

// --- writing ---

BundleWriter::BundleWriter(const std::filesystem::path& file, const v1::BundleHead& head) : out_(file) {
  chained(kMagic);
  record(head.SerializeAsString());
}

void BundleWriter::chained(std::string_view bytes) {
  out_.write(bytes);
  chain_ = chain_on(chain_, bytes);
}

void BundleWriter::record(const std::string& bytes) { chained(length_of(bytes.size()) + bytes); }

void BundleWriter::add(const Entry& entry, bool redacted) {
  v1::LogEntry out;
  wire::to_wire(entry, redacted, out);
  record(out.SerializeAsString());
}

void BundleWriter::finish() {
  chained(length_of(0));
  out_.write(tlog::octets(chain_));
  out_.put_in_place();
}

// --- reading ---

BundleReader::BundleReader(const std::filesystem::path& file) : in_(file, std::ios::binary) {
  std::error_code error;
  size_ = std::filesystem::file_size(file, error);
  if (!in_ || error)
    throw cli::Failure(cli::kFailed, file.string() + say({": 読めません。ファイルがあるか確認してください",
                                                          ": cannot be read: check that there is such a file"}));
  if (size_ < kMagic.size() || take(kMagic.size()) != kMagic)
    throw Damaged(say({"バンドルではないか、この版のプログラムより新しい形式です",
                       "it is no bundle, or one of a format newer than this program"}));
  chain_ = chain_on(chain_, kMagic);
  const auto first = record();
  if (!first || !wire::parse_strict(head_, *first))
    damaged({"先頭の記録を読めません", "its first record cannot be read"}, done_);
}

std::string BundleReader::take(std::size_t bytes) {
  if (bytes > size_ - done_) damaged({"途中で切れています", "it is cut off"}, size_);
  std::string out(bytes, '\0');
  if (!in_.read(out.data(), static_cast<std::streamsize>(bytes)))
    damaged({"読み取れません", "it cannot be read"}, done_);
  done_ += bytes;
  return out;
}

std::optional<std::string> BundleReader::record() {
  const std::string length = take(kLengthBytes);
  std::size_t bytes = 0;
  for (const char c : length) bytes = bytes << 8 | static_cast<unsigned char>(c);
  if (bytes > limits::kBrokerFrameBytes) damaged({"記録の長さがあり得ません", "a record of impossible length"}, done_);
  std::string out = take(bytes);
  chain_ = chain_on(chain_, length + out);
  if (bytes > 0) return out;
  if (take(sizeof(Hash)) != tlog::octets(chain_))
    damaged({"内容が、末尾のハッシュに合いません", "its content does not fit the hash at its end"}, done_);
  if (done_ != size_) damaged({"末尾の後に余分なデータがあります", "there is more after its end"}, done_);
  return std::nullopt;
}

std::optional<BundleReader::Row> BundleReader::next() {
  const auto bytes = record();
  if (!bytes) return std::nullopt;
  v1::LogEntry in;
  if (!wire::parse_strict(in, *bytes)) damaged({"記録を読めません", "a record cannot be read"}, done_);
  try {
    return Row{wire::from_wire(in), !in.leaf_hash().empty()};
  } catch (const std::runtime_error& error) {
    throw Damaged(error.what());
  }
}

}  // namespace noroshi::auditor
