// sectors.toml, as somebody edited it.
#include "broker/runtime/data_directory.h"
#include "proto/types/limits.h"
#include "tests/fuzz/fuzz.h"

using namespace noroshi;
using fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file({reinterpret_cast<const char*>(data), size});
  try {
    const auto sectors = runtime::load_sectors(file.path());
    promise(!sectors.empty(), "there are sectors");
    for (const std::string& id : sectors)
      promise(!id.empty() && id.size() <= limits::kNameBytes &&
                  id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos,
              "a sector's id is a plain word");
  } catch (const runtime::ConfigError& error) {
    const std::string_view what = error.what();
    promise(what.starts_with(file.path().string() + ":") && what.find("; ") != std::string_view::npos,
            "an error says where, what is wrong and what to do");
  }
  return 0;
}
