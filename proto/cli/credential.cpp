#include "proto/cli/credential.h"

#include <filesystem>

#include "proto/types/limits.h"

namespace noroshi::cli {

wire::Credential enrolled_credential(const Common& common, const std::string& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    throw Failure(kFailed, file + common({": ファイルがありません。登録時に受け取った資格情報を指定してください",
                                          ": there is no such file; give the credential that enrolment made"}));
  try {
    wire::Credential credential = wire::load_credential(file);
    if (credential.host.empty())
      throw Failure(kUsage,
                    file + common({": まだ登録されていない鍵です。登録後の資格情報を指定してください",
                                   ": holds keys that are not enrolled yet; give the credential that enrolment made"}));
    return credential;
  } catch (const wire::CredentialError& wrong) {
    throw Failure(kUsage, wrong.what());
  }
}

std::string ExpiryNotice::due(const Common& common, Micros access_until, Micros now) {
  constexpr std::int64_t kDay = 24 * 3600 * kMicrosPerSecond;
  if (access_until == Micros{} || access_until - now > limits::kExpiryWarningDays * kDay) return {};
  if (told_at_ && now - *told_at_ < kDay) return {};
  told_at_ = now;
  return common({"この資格情報で接続できるのは ", "access with this credential ends at "}) + local_time(access_until) +
         common({" までです。登録機関に新しい鍵または有効期間の延長を依頼してください",
                 ": ask the registrar for new keys or a longer validity"});
}

}  // namespace noroshi::cli
