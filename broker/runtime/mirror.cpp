#include "broker/runtime/mirror.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "broker/runtime/contradictions.h"
#include "broker/runtime/restored.h"
#include "proto/types/words.h"
#include "proto/wire/decode.h"

namespace noroshi::runtime {
namespace {

// It holds every report, like the database.
void check_folder(const fs::path& folder) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return;  // it will be made
  if (!S_ISDIR(info.st_mode))
    throw ConfigError(folder.string() + say({": ディレクトリではありません。別の場所へ移してください",
                                             ": is no directory; move it away"}));
  if ((info.st_mode & 077) != 0)
    throw ConfigError(folder.string() +
                      say({": 他の利用者が入れます。chmod 700 してください", ": others can enter it; chmod 700 it"}));
}

// Of another broker, or made with other keys: said in the words of the foundation, not in those of the mirror.
void check_whose(const DataDirectory& data, const Foundation& foundation) {
  Contradictions(data, foundation).check_facts(store::facts_of(data.log()));
}

}  // namespace

fs::path mirror_of(const DataDirectory& data, const Config& config) {
  return config.mirror.empty() ? data.mirror() : config.mirror;
}

store::Signer signer_of(const Foundation& foundation) { return {foundation.config.origin, foundation.keys.log}; }

ReportId report_id_of(const Entry& entry) {
  const Record record = wire::decode_entry(entry);
  const Report* report = record.report();
  return report ? report->id : ReportId{};
}

void join_mirror(store::SqliteLog& log, const DataDirectory& data, const Foundation& foundation) {
  const fs::path mirror = mirror_of(data, foundation.config);
  check_folder(mirror);
  check_whose(data, foundation);
  refuse_foreign_restore(data, signer_of(foundation).verifier());
  auto joined = store::reconcile(log, data.log(), mirror, signer_of(foundation), report_id_of);
  for (const std::string& news : joined.news) spdlog::warn("{}", news);
  log.keep(std::move(joined.mirror));
  was_judged(data);
}

void check_mirror(const DataDirectory& data, const Foundation& foundation) {
  const fs::path mirror = mirror_of(data, foundation.config);
  check_folder(mirror);
  refuse_foreign_restore(data, signer_of(foundation).verifier());
  store::refuse_if_contradictory(*store::open_sqlite_reader(data.log()), mirror, signer_of(foundation).verifier());
}

}  // namespace noroshi::runtime
