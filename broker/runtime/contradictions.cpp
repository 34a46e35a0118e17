#include "broker/runtime/contradictions.h"

#include <algorithm>

#include "broker/runtime/files.h"
#include "proto/types/topic.h"
#include "proto/types/words.h"

namespace noroshi::runtime {
namespace {

// Names of facts: in logs, so kept for ever.
constexpr const char* kOrigin = "origin";
constexpr const char* kRegistrar = "registrar";
constexpr const char* kLogKey = "log key";
constexpr const char* kSector = "sector";
constexpr const char* kSource = "source";
constexpr const char* kItem = "item";

constexpr Text kItemWord{"項目", "item"};
constexpr Text kRestoreEither{"対応する鍵かログを、バックアップから復元してください",
                              "restore from a backup the key or the log that belongs to the other"};

// What the log has under `name`, if that is something else than `value`.
const std::string* another(const store::Facts& facts, const char* name, const std::string& value) {
  const auto found = facts.lower_bound({name, ""});
  return found != facts.end() && found->first == name && found->second != value ? &found->second : nullptr;
}

using User = Contradictions::User;

User user(const Member& member) {
  return {say({"会員 " + member.organization, "member " + member.organization}),
          say({"元に戻してください。なくすには、先に会員を enroll で登録し直すか、revoke で失効させてください",
               "put it back; to be rid of it, first enrol the member anew without it, or revoke the member"})};
}

User user(const Entry& report) {
  const std::string seq = std::to_string(report.seq.value);
  return {say({"ログの記録 " + seq + " の報告", "the report in log entry " + seq}),
          say({"元に戻してください。ログの報告が使うものは、なくせません",
               "put it back: what the reports in the log use has to stay"})};
}

[[noreturn]] void missing(const fs::path& file, Text kind, const std::string& id, const User& by) {
  const std::string what = say(kind) + " \"" + id + "\"";
  fail(file,
       say({what + " がありませんが、" + by.name + " が使っています",
            what + " is not there, but " + by.name + " uses it"}),
       by.remedy);
}

}  // namespace

store::Facts facts_of(const Foundation& foundation) {
  store::Facts facts{{kOrigin, foundation.config.origin},
                     {kRegistrar, wire::key_id(foundation.registrar)},
                     {kLogKey, wire::key_id(foundation.keys.log.public_key)}};
  for (const std::string& sector : foundation.settings.sectors) facts.emplace(kSector, sector);
  for (const SourceGroup& source : foundation.settings.matrix.sources) facts.emplace(kSource, source.id);
  for (const MatrixItem& item : foundation.settings.matrix.items) facts.emplace(kItem, item.id);
  return facts;
}

bool covers_an_item(const Matrix& matrix, const std::string& pattern, const std::string& source) {
  return std::any_of(matrix.items.begin(), matrix.items.end(), [&](const MatrixItem& item) {
    return covers(pattern, topic_of(Status::actual, item.id, source));
  });
}

void Contradictions::check_facts(const store::Facts& facts) const {
  const std::string log = data_.log().string();
  const std::string& origin = foundation_.config.origin;
  if (const std::string* before = another(facts, kOrigin, origin))
    fail(data_.config(),
         say({"'origin' が \"" + origin + "\" ですが、ログ " + log + " は \"" + *before + "\" のものです",
              "'origin' is \"" + origin + "\", but the log " + log + " is that of \"" + *before + "\""}),
         say({"origin = \"" + *before +
                  "\" に戻すか、対応するログを復元してください。別の名前のブローカーは init で作ります",
              "write origin = \"" + *before +
                  "\" again, or restore the log that belongs to it; a broker of another name is made with init"}));
  const auto check_key = [&](const fs::path& file, const char* name, const PublicKey& key) {
    const std::string id = wire::key_id(key);
    if (const std::string* before = another(facts, name, id))
      fail(file,
           say({"鍵 " + id + " ですが、ログ " + log + " は鍵 " + *before + " で作られました",
                "is key " + id + ", but the log " + log + " was made with key " + *before}),
           say(kRestoreEither));
  };
  check_key(data_.registrar_public(), kRegistrar, foundation_.registrar);
  check_key(data_.log_key(), kLogKey, foundation_.keys.log.public_key);
}

void Contradictions::tell(const UnsignedMember& member) const {
  const std::string id = wire::key_id(foundation_.registrar);
  const std::string seq = std::to_string(member.seq.value);
  const std::string log = data_.log().string();
  fail(data_.registrar_public(),
       say({"鍵 " + id + " は、ログ " + log + " の記録 " + seq + " の会員に署名した鍵ではありません",
            "key " + id + " is not the one that signed the member in entry " + seq + " of the log " + log}),
       say(kRestoreEither));
}

void Contradictions::check_members(const core::Roster& roster) const {
  for (const auto& [organization, member] : roster.all()) {
    if (member.revoked) continue;
    check_sectors(member.sectors, user(member));
    if (!member.source.empty()) check_source(member.source, user(member));
    for (const std::string& pattern : member.publish)
      if (!covers_an_item(foundation_.settings.matrix, pattern, member.source))
        missing(data_.matrix(), kItemWord, pattern, user(member));
  }
}

void Contradictions::check_reports(store::Reader& log, const store::Facts& facts) const {
  // Reports are looked at only when something has gone since the log was last served from, or nobody knows.
  const store::Facts now = facts_of(foundation_);
  if (!facts.empty() && std::includes(now.begin(), now.end(), facts.begin(), facts.end())) return;
  for_each_record(log, Seq{1}, {{EntryKind::report}, std::nullopt}, [&](const Record& record) {
    const Report& report = std::get<Report>(record.content);
    check_sectors(report.audience.sectors, user(record.entry));
    check_source(report.source, user(record.entry));
    if (!foundation_.settings.matrix.item(report.item))
      missing(data_.matrix(), kItemWord, report.item, user(record.entry));
  });
}

void Contradictions::check_sectors(const std::vector<std::string>& sectors, const User& by) const {
  for (const std::string& sector : sectors)
    if (!foundation_.settings.sectors.contains(sector)) missing(data_.sectors(), {"分野", "sector"}, sector, by);
}

void Contradictions::check_source(const std::string& source, const User& by) const {
  if (!foundation_.settings.matrix.source(source)) missing(data_.matrix(), {"情報源", "source group"}, source, by);
}

}  // namespace noroshi::runtime
