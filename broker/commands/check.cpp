// check, rebuild
#include "broker/store/check.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "broker/commands/access.h"
#include "broker/commands/member_view.h"
#include "broker/commands/parts.h"
#include "broker/commands/progress_bar.h"
#include "broker/runtime/restored.h"
#include "broker/runtime/stopped.h"
#include "broker/store/rebuild.h"
#include "proto/wire/signing.h"

namespace noroshi::broker {
namespace {

boost::json::array damages_json(const std::vector<store::Damage>& damages) {
  boost::json::array out;
  for (const auto& damage : damages) out.push_back({{"where", damage.where}, {"what", damage.what}});
  return out;
}

void print_damages(const cli::Common& common, const std::vector<store::Damage>& damages) {
  for (const auto& damage : damages)
    std::cout << cli::paint(common, cli::Colour::red, common({"損傷", "damaged"})) << "  "
              << cli::printable(damage.where + ": " + damage.what) << "\n";
}

void show(const cli::Common& common, const store::Findings& found) {
  const std::string root = found.root ? wire::to_hex(*found.root) : "";
  if (common.json)
    return print_line({{"entries", found.entries},
                       {"root", root},
                       {"checkpoint", found.checkpoint},
                       {"mirrored", found.mirrored},
                       {"ok", found.damages.empty()},
                       {"damages", damages_json(found.damages)}});
  print_damages(common, found.damages);
  std::cout << common({"記録 ", "entries "}) << found.entries << common({" 件、根 ", ", root "}) << root << "\n"
            << found.checkpoint;
  if (!found.mirrored)
    std::cout << common({"写しはまだありません。次の起動時にデータベースから作られます\n",
                         "there is no mirror yet: the next start writes it from the database\n"});
  if (found.damages.empty())
    std::cout << cli::paint(common, cli::Colour::green,
                            common({"すべて書き込んだときのままです", "everything is as it was written"}))
              << "\n";
}

void check(const cli::Common& common, const fs::path& root) {
  const Access access(common, root);
  runtime::Foundation foundation;
  foundation.config = access.config;
  foundation.keys = runtime::load_keys(access.data);
  const fs::path database = access.data.log();
  const fs::path mirror = runtime::mirror_of(access.data, access.config);
  runtime::refuse_foreign_restore(access.data, runtime::signer_of(foundation).verifier());
  store::Findings found;
  {
    ProgressBar bar(common, {"検査中", "checking"});
    found = store::check(
        database, mirror, runtime::signer_of(foundation).verifier(), runtime::report_id_of,
        [&](std::uint64_t done, std::uint64_t all) { bar(done, all); },
        store::being_written(database) ? store::Beside::writer : store::Beside::nobody);
  }
  show(common, found);
  if (!found.damages.empty())
    throw cli::Failure(
        cli::kUnverified,
        root.string() + common({": ログか写しが書き込んだときのままではありません。ブローカーを止め、noroshi-broker "
                                "rebuild で作り直してください",
                                ": the log or its mirror is not what was written: stop the broker, and run "
                                "noroshi-broker rebuild"}));
}

void show(const cli::Common& common, const store::Rebuilt& rebuilt) {
  boost::json::array aside;
  for (const fs::path& path : rebuilt.set_aside) aside.push_back(boost::json::string(path.string()));
  if (common.json)
    return print_line({{"entries", rebuilt.entries},
                       {"fromDatabaseOnly", rebuilt.from_database},
                       {"fromMirrorOnly", rebuilt.from_mirror},
                       {"setAside", aside},
                       {"damages", damages_json(rebuilt.damages)},
                       {"doubts", damages_json(rebuilt.doubts)}});
  print_damages(common, rebuilt.damages);
  print_damages(common, rebuilt.doubts);
  if (rebuilt.damages.empty()) {
    std::cout << common({"損傷はありません。何も変えていません\n", "nothing is damaged; nothing was changed\n"});
    return;
  }
  std::cout << common({"作り直しました: ", "rebuilt: "}) << rebuilt.entries
            << common({" 件。データベースだけから ", " entries; from the database only "}) << rebuilt.from_database
            << common({" 件、写しだけから ", ", from the mirror only "}) << rebuilt.from_mirror
            << common({" 件\n", "\n"});
  for (const fs::path& path : rebuilt.set_aside)
    std::cout << common({"損傷したものは残してあります: ", "what was damaged is kept: "}) << path.string() << "\n";
}

void rebuild(const cli::Common& common, const fs::path& root) {
  const Access access(common, root);
  const runtime::Stopped stopped(access.data);
  const runtime::Foundation foundation = runtime::load_foundation(access.data);
  runtime::refuse_foreign_restore(access.data, runtime::signer_of(foundation).verifier());
  store::Rebuilt rebuilt;
  {
    ProgressBar bar(common, {"作り直しています", "rebuilding"});
    rebuilt = store::rebuild(access.data.log(), runtime::mirror_of(access.data, access.config),
                             runtime::signer_of(foundation), runtime::report_id_of, runtime::facts_of(foundation),
                             runtime::time_for_names(cli::wall_clock()),
                             [&](std::uint64_t done, std::uint64_t all) { bar(done, all); });
  }
  show(common, rebuilt);
  if (!rebuilt.doubts.empty())
    throw cli::Failure(
        cli::kUnverified,
        root.string() +
            common({": 受理した記録が失われた可能性があります。より新しいバックアップや、送信者の受理の記録 "
                    "(send --receipts) と照らし合わせてください",
                    ": entries that were acknowledged may be lost; compare with a newer backup, or with "
                    "what its publishers keep (send --receipts)"}));
}

}  // namespace

void add_check(cli::Program& program) {
  const auto data = std::make_shared<fs::path>();
  CLI::App* command =
      program.command("check",
                      {"ログと写しの全バイトを検査する (動作中でもよい)",
                       "Check every byte of the log and its mirror, also beside a running broker"},
                      {"noroshi-broker check --data /var/lib/noroshi", "noroshi-broker check --data /var/lib/noroshi"},
                      [&program, data] { guarded([&] { check(program.common, *data); }); });
  add_data_option(program, *command, *data);
}

void add_rebuild(cli::Program& program) {
  const auto data = std::make_shared<fs::path>();
  CLI::App* command = program.command(
      "rebuild",
      {"損傷したログか写しを、残っている正しい記録から作り直す (ブローカーは停止)",
       "Make a damaged log or mirror anew from what is whole of both; the broker must be stopped"},
      {"noroshi-broker rebuild --data /var/lib/noroshi", "noroshi-broker rebuild --data /var/lib/noroshi"},
      [&program, data] { guarded([&] { rebuild(program.common, *data); }); });
  add_data_option(program, *command, *data);
}

}  // namespace noroshi::broker
