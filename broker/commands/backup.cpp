// backup, restore
#include "broker/runtime/backup.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "broker/commands/access.h"
#include "broker/commands/member_view.h"
#include "broker/commands/parts.h"
#include "broker/commands/progress_bar.h"

namespace noroshi::broker {
namespace {

struct BackupCommand {
  fs::path data;
  fs::path place;
  runtime::BackupOptions options;
  bool accept_loss = false;
};

void backup(const cli::Common& common, const BackupCommand& command) {
  const Access access(common, command.data);
  runtime::BackedUp made;
  {
    ProgressBar bar(common, {"検査中", "checking"});
    made = runtime::make_backup(access.data, command.place, command.options,
                                [&](std::uint64_t done, std::uint64_t all) { bar(done, all); });
  }
  if (common.json)
    return print_line({{"backup", command.place.string()},
                       {"entries", made.entries},
                       {"checkpoint", made.checkpoint},
                       {"withKeys", command.options.with_keys}});
  std::cout << common({"バックアップを作りました: ", "made the backup "}) << command.place.string() << " ("
            << made.entries << common({" 件)\n", " entries)\n"}) << made.checkpoint
            << (command.options.with_keys ? common({"すべての秘密鍵が入っています。原本と同じように守ってください\n",
                                                    "it holds all secret keys: guard it like the original\n"})
                                          : common({"秘密鍵は入っていません。keys/ は別に保管してください\n",
                                                    "it holds no secret keys: keep a copy of keys/ elsewhere\n"}));
}

void restore(const cli::Common& common, const BackupCommand& command) {
  const runtime::DataDirectory data{command.data};
  runtime::Restored done;
  {
    ProgressBar bar(common, {"検査中", "checking"});
    done = runtime::restore_backup(command.place, data, command.accept_loss, cli::wall_clock(),
                                   [&](std::uint64_t at, std::uint64_t all) { bar(at, all); });
  }
  boost::json::array aside, files;
  for (const fs::path& path : done.set_aside) aside.push_back(boost::json::string(path.string()));
  for (const std::string& name : done.files) files.push_back(boost::json::string(name));
  if (common.json)
    return print_line({{"data", data.root.string()},
                       {"entries", done.entries},
                       {"lost", done.lost},
                       {"files", files},
                       {"setAside", aside},
                       {"believedKey", done.believed}});
  std::cout << common({"復元しました: ", "restored: "}) << done.entries << common({" 件\n", " entries\n"});
  if (done.lost > 0)
    std::cout << cli::paint(common, cli::Colour::yellow, common({"失われた記録: ", "entries lost: "})) << done.lost
              << "\n";
  for (const fs::path& path : done.set_aside)
    std::cout << common({"置き換えたものは残してあります: ", "what was replaced is kept: "}) << path.string() << "\n";
  if (!done.believed.empty())
    std::cout << common({"ここには比べる鍵がなく、バックアップ自身の鍵を信じました。最初の起動で keys/ と照合します: ",
                         "there was no key here to compare with; the backup's own was believed, and the first start "
                         "holds it against keys/: "})
              << done.believed << "\n";
  if (std::error_code error; !fs::exists(data.log_key(), error))
    std::cout << common({"動かす前に、別に保管した keys/ を戻してください\n",
                         "before it can run, put back keys/, which you kept elsewhere\n"});
}

}  // namespace

void add_backup(cli::Program& program) {
  const auto options = std::make_shared<BackupCommand>();
  CLI::App* command = program.command(
      "backup", {"動作中のまま、検査済みのバックアップを作る", "Make a checked backup, also beside a running broker"},
      {"noroshi-broker backup /srv/backup/noroshi-20260601 --data /var/lib/noroshi",
       "noroshi-broker backup /srv/backup/noroshi-20260601 --data /var/lib/noroshi"},
      [&program, options] { guarded([&] { backup(program.common, *options); }); });
  command->add_option("DEST", options->place, program.common({"作るディレクトリ", "The folder to make"}))->required();
  command->add_flag("--with-keys", options->options.with_keys,
                    program.common({"秘密鍵も入れる", "Copy the secret keys, too"}));
  command->add_flag(
      "--replace", options->options.replace,
      program.common({"同じ名前の以前のバックアップを置き換える", "Replace an earlier backup of this name"}));
  add_data_option(program, *command, options->data);
}

void add_restore(cli::Program& program) {
  const auto options = std::make_shared<BackupCommand>();
  CLI::App* command = program.command(
      "restore",
      {"バックアップからログを戻す (ブローカーは停止)", "Put the log back from a backup; the broker must be stopped"},
      {"noroshi-broker restore /srv/backup/noroshi-20260601 --data /var/lib/noroshi",
       "noroshi-broker restore /srv/backup/noroshi-20260601 --data /var/lib/noroshi"},
      [&program, options] { guarded([&] { restore(program.common, *options); }); });
  command->add_option("SRC", options->place, program.common({"バックアップ", "The backup"}))->required();
  command->add_flag("--accept-loss", options->accept_loss,
                    program.common({"新しい記録が失われてもよい", "Even if newer entries are lost"}));
  add_data_option(program, *command, options->data);
}

}  // namespace noroshi::broker
