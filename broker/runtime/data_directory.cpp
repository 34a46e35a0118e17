#include "broker/runtime/data_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/runtime/config_rules.h"
#include "broker/runtime/contradictions.h"
#include "broker/runtime/directory_lock.h"
#include "broker/runtime/files.h"
#include "broker/runtime/sample_files.h"
#include "broker/store/sqlite_log.h"
#include "proto/types/words.h"
#include "proto/wire/credential.h"
#include "schemas/matrix_loader.h"

namespace noroshi::runtime {
namespace {

constexpr std::size_t kMatrixBytes = 4u << 20;

// The matrix as it will be copied: what was checked is what is written.
std::string checked_matrix(const fs::path& file) {
  std::string text = read_whole(file, kMatrixBytes);
  try {
    parse_matrix(text, file.string());
  } catch (const MatrixError& error) {
    throw ConfigError(error.what());
  }
  return text;
}

// An empty directory of mode 0700. Whether it was made now.
bool make_root(const fs::path& root) {
  if (::mkdir(root.c_str(), 0700) == 0) {
    sync_folder(fs::absolute(root).parent_path());
    return true;
  }
  if (errno != EEXIST)
    fail(root, say({"作成できません: ", "cannot be created: "}) + std::strerror(errno),
         say({"親のディレクトリを作るか、別の場所にしてください", "make its parent folder, or choose another path"}));
  std::error_code error;
  if (!fs::is_directory(root, error))
    fail(root, say({"ディレクトリではないものがあります", "is there and is no directory"}),
         say({"別の場所にしてください", "choose another path"}));
  const bool empty = fs::is_empty(root, error);
  if (error)
    fail(root, say({"読めません: ", "cannot be read: "}) + error.message(),
         say({"自分のディレクトリにしてください", "choose a directory of your own"}));
  if (!empty)
    fail(root, say({"空ではありません", "is not empty"}),
         say({"新しいディレクトリにしてください。使用中のものは上書きしません",
              "choose a new directory: what is in use is never overwritten"}));
  if (::chmod(root.c_str(), 0700) != 0)
    fail(root, say({"他の利用者から閉じられません: ", "cannot be made private: "}) + std::strerror(errno),
         say({"自分のディレクトリにしてください", "choose a directory of your own"}));
  return false;
}

std::string chars(const PublicKey& key) { return {key.begin(), key.end()}; }

void fill(const DataDirectory& data, const Config& config, const std::string& matrix) {
  const fs::path keys = data.log_key().parent_path();
  if (::mkdir(keys.c_str(), 0700) != 0)
    fail(keys, say({"作成できません: ", "cannot be created: "}) + std::strerror(errno),
         say({"ディスクを確認してください", "check the disk"}));
  try {
    wire::save_secret(data.transport_key(), wire::make_transport_key().secret);
    wire::save_secret(data.log_key(), wire::make_signing_key().secret);
    const wire::SigningKey registrar = wire::make_signing_key();
    wire::save_secret(data.registrar_key(), registrar.secret);
    write_new_file(data.registrar_public(), wire::to_hex(chars(registrar.public_key)) + "\n");
  } catch (const wire::CredentialError& error) {
    throw ConfigError(error.what());
  }
  sync_folder(keys);
  write_new_file(data.matrix(), matrix);
  write_new_file(data.sectors(), sectors_toml());
  store::SqliteLog log(data.log());
  log.remember(facts_of({config, load_keys(data), load_registrar_public(data), load_settings(data, config)}));
  // Last: a directory without it was never finished, and no program takes it for one.
  write_new_file(data.config(), broker_toml(config));
  sync_folder(data.root);
}

}  // namespace

void init_data_directory(const DataDirectory& data, const Config& config, const fs::path& matrix) {
  check_config(config);
  const std::string matrix_text = checked_matrix(matrix);
  const PrivateUmask umask;
  const bool made = make_root(data.root);
  // From here on it is ours alone: of two that found it empty, one makes the lock file.
  const auto lock = DirectoryLock::create(data.lock());
  if (!lock)
    fail(data.root, say({"別の init が作業中です", "another init is at work in it"}),
         say({"新しいディレクトリにしてください", "choose a new directory"}));
  try {
    fill(data, config, matrix_text);
  } catch (...) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(data.root, ignored)) fs::remove_all(entry.path(), ignored);
    if (made) fs::remove(data.root, ignored);
    throw;
  }
}

void check_directory(const DataDirectory& data) {
  for (const fs::path& path : {data.root, data.log_key().parent_path()}) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0)
      fail(path, say({"読めません: ", "cannot be read: "}) + std::strerror(errno),
           say({"バックアップから復元してください", "restore it from a backup"}));
    if (!S_ISDIR(info.st_mode))
      fail(path, say({"ディレクトリではありません", "is no directory"}),
           say({"バックアップから復元してください", "restore it from a backup"}));
    if ((info.st_mode & 077) != 0)
      throw ConfigError(path.string() +
                        say({": 他の利用者が入れます。chmod 700 してください", ": others can enter it; chmod 700 it"}));
  }
  for (const fs::path& path :
       {data.log(), data.log_lock(), data.log_wal(), data.log_shm(), data.lock(), data.admin_socket()}) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) continue;  // a log is missed when it is opened, the others are made
    if (S_ISDIR(info.st_mode))
      fail(path, say({"ファイルの場所にディレクトリがあります", "is a directory where a file belongs"}),
           say({"別の場所へ移し、ファイルを復元してください", "move it away, and restore the file"}));
    // A broker that stops takes some of them away.
    if (::access(path.c_str(), R_OK | W_OK) != 0 && errno != ENOENT)
      fail(path, say({"読み書きできません: ", "cannot be read and written: "}) + std::strerror(errno),
           say({"所有者と属性を直してください", "correct its owner and mode"}));
  }
}

}  // namespace noroshi::runtime
