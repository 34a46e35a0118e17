// broker.toml, as somebody edited it.
#include "broker/runtime/config_rules.h"
#include "broker/runtime/sample_files.h"
#include "tests/fuzz/fuzz.h"

using namespace noroshi;
using fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file({reinterpret_cast<const char*>(data), size});
  runtime::Config config;
  try {
    config = runtime::load_config(file.path());
  } catch (const runtime::ConfigError& error) {
    const std::string_view what = error.what();
    promise(what.starts_with(file.path().string() + ":") && what.find("; ") != std::string_view::npos,
            "an error says where, what is wrong and what to do");
    return 0;
  }
  runtime::check_config(config);
  const fuzz::MemoryFile copy(runtime::broker_toml(config));
  const runtime::Config again = runtime::load_config(copy.path());
  promise(again.origin == config.origin && again.host == config.host && again.port == config.port &&
              again.http_host == config.http_host && again.digest.interval_us == config.digest.interval_us &&
              again.digest.entries == config.digest.entries && again.digest.bytes == config.digest.bytes,
          "a configuration survives being written");
  return 0;
}
