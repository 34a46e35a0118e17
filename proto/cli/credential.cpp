#include "proto/cli/credential.h"

#include <filesystem>

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

}  // namespace noroshi::cli
