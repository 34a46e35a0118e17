#include "tests/simulation/chance.h"

#include <sodium.h>

#include <cstdlib>
#include <cstring>

namespace noroshi::simulation {

namespace {

Chance* source = nullptr;

const char* name() { return "simulation"; }
std::uint32_t draw() {
  if (!source) std::abort();
  return source->word();
}
void fill(void* buffer, std::size_t size) {
  auto* out = static_cast<unsigned char*>(buffer);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<unsigned char>(draw());
}

randombytes_implementation implementation{name, draw, nullptr, nullptr, fill, nullptr};

}  // namespace

void let_sodium_draw_from(Chance* chance) {
  source = chance;
  randombytes_set_implementation(&implementation);
}

}  // namespace noroshi::simulation
