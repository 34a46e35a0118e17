// The directory of a subscriber daemon: who may use it, whose it is, and its database opened. Main thread.
#pragma once

#include <filesystem>
#include <memory>

#include "proto/wire/credential.h"
#include "subscriber/database.h"

namespace noroshi::subscriber {

class InboxFolder {
 public:
  explicit InboxFolder(std::filesystem::path path) : path_(std::move(path)) {}

  // For the daemon: makes what is missing (0700, 0600), takes the lock, checks the database through. Throws cli::Failure:
  // others can read the directory, another daemon has it, it was made for another credential or broker, its database is
  // damaged or newer than this program.
  void take(const wire::Credential& credential);
  // For whatever works beside or after the daemon. Throws cli::Failure if there is no inbox or it is not of this version.
  void find() const;

  bool taken_by_a_daemon() const;  // by any process
  std::unique_ptr<Database> open(Durable durable) const;
  std::filesystem::path settings() const { return path_ / "subscriber.toml"; }
  const std::filesystem::path& path() const { return path_; }

 private:
  struct Lock {
    int fd = -1;
    ~Lock();
  };
  std::filesystem::path database() const { return path_ / "inbox.sqlite"; }
  std::filesystem::path lock_file() const { return path_ / "lock"; }
  void make_private() const;
  void lock();
  void belongs_to(Database& database, const wire::Credential& credential) const;

  std::filesystem::path path_;
  std::shared_ptr<Lock> lock_;
};

}  // namespace noroshi::subscriber
