#include "tests/fuzz/fuzz.h"

#include <google/protobuf/stubs/logging.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "proto/cli/cli.h"
#include "proto/wire/files.h"
#include "schemas/matrix_loader.h"

// Called once, before the first input. protobuf would write every text that is no UTF-8 to standard error.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

namespace noroshi::fuzz {

void promise(bool kept, std::string_view what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

std::uint8_t Input::byte() {
  if (rest_.empty()) return 0;
  const auto value = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return value;
}

std::string_view Input::piece() {
  const std::size_t low = byte();
  const std::size_t size = low | static_cast<std::size_t>(byte()) << 8U;
  const std::string_view out = rest_.substr(0, size);
  rest_.remove_prefix(out.size());
  return out;
}

MemoryFile::MemoryFile(std::string_view content) : fd_(::memfd_create("input", MFD_CLOEXEC)) {
  promise(fd_ >= 0 && ::fchmod(fd_, 0600) == 0, "the system gives a file in memory");
  promise(wire::write_all(fd_, content) == 0, "a file in memory can be written");
}

MemoryFile::~MemoryFile() { ::close(fd_); }

std::filesystem::path MemoryFile::path() const { return "/proc/self/fd/" + std::to_string(fd_); }

const Matrix& matrix() {
  static const Matrix loaded = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  return loaded;
}

wire::SigningKey fixed_signing_key(char seed) {
  const std::string bytes(crypto_sign_SEEDBYTES, seed);
  std::string secret(crypto_sign_SECRETKEYBYTES, '\0');
  wire::SigningKey key;
  crypto_sign_seed_keypair(key.public_key.data(), reinterpret_cast<unsigned char*>(secret.data()),
                           reinterpret_cast<const unsigned char*>(bytes.data()));
  key.secret = wire::SecretKey(std::move(secret));
  return key;
}

bool fit_for_terminal(std::string_view text) { return cli::printable(text) == text; }

}  // namespace noroshi::fuzz
