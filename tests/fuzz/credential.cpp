// Key files, as they lie on a disk.
#include "proto/wire/credential.h"

#include <sodium.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "tests/fuzz/fuzz.h"

namespace {

using namespace noroshi;
using fuzz::promise;
namespace fs = std::filesystem;

// In memory: saving a credential syncs it, and its folder.
fs::path copy_in_memory() { return "/dev/shm/noroshi-fuzz-" + std::to_string(::getpid()); }

template <class Load>
auto attempt(const fuzz::MemoryFile& file, Load load) -> std::optional<decltype(load(file.path()))> {
  try {
    return load(file.path());
  } catch (const wire::CredentialError& error) {
    const std::string_view what = error.what();
    promise(what.starts_with(file.path().string() + ": ") && what.find("; ") != std::string_view::npos,
            "an error says which file, what is wrong and what to do");
    return std::nullopt;
  }
}

void check_round_trip(const wire::Credential& c) {
  const fs::path copy = copy_in_memory();
  wire::save_credential(copy, c);
  const wire::Credential again = wire::load_credential(copy);
  fs::remove(copy);
  promise(again.organization == c.organization && again.source == c.source && again.broker == c.broker &&
              again.host == c.host && again.urgent_port == c.urgent_port && again.registrar == c.registrar &&
              again.broker_transport_next == c.broker_transport_next &&
              again.transport.public_key == c.transport.public_key &&
              again.signing.secret.bytes() == c.signing.secret.bytes(),
          "a credential survives being saved");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file({reinterpret_cast<const char*>(data), size});
  if (const auto credential = attempt(file, [](const fs::path& p) { return wire::load_credential(p); }))
    check_round_trip(*credential);
  attempt(file, [](const fs::path& p) { return wire::load_public_keys(p); });
  const auto secret = attempt(file, [](const fs::path& p) { return wire::load_secret(p, crypto_box_SECRETKEYBYTES); });
  if (secret) promise(secret->bytes().size() == crypto_box_SECRETKEYBYTES, "a secret has its length");
  return 0;
}
