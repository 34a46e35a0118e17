// init, check-config
#include <CLI/CLI.hpp>
#include <unistd.h>

#include <array>
#include <iostream>
#include <memory>

#include "broker/commands/member_view.h"
#include "broker/commands/parts.h"
#include "broker/store/sqlite_log.h"
#include "proto/types/words.h"
#include "schemas/matrix_loader.h"

namespace noroshi::broker {
namespace {

struct InitOptions {
  fs::path data;
  runtime::Config config;
};

// The machine's name, as far as it can stand in an origin: two brokers must not sign under one name by default.
std::string default_origin() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "noroshi";
  std::string out = "noroshi.";
  for (const char c : std::string_view(name.data())) {
    const bool fits =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    if (fits && out.size() < 64) out += c;
  }
  return out.back() == '.' ? "noroshi" : out;
}

void init(const cli::Common& common, InitOptions options) {
  if (options.config.origin.empty()) options.config.origin = default_origin();
  const runtime::DataDirectory data{options.data};
  runtime::init_data_directory(data, options.config, matrix_path({}));
  if (common.json)
    return print_line({{"data", data.root.string()}, {"origin", options.config.origin}, {"port", options.config.port}});
  std::cout << common({"データディレクトリを作りました: ", "made the data directory "}) << data.root.string() << " ("
            << options.config.origin << ")\n"
            << common({"登録機関の秘密鍵は会員の登録と失効にだけ必要です。別の場所に移せます: ",
                       "the registrar's key is needed to enrol only and may be moved elsewhere: "})
            << data.registrar_key().string() << "\n"
            << common({"次は: ", "next: "}) << "noroshi-broker enroll ORG --data " << data.root.string()
            << common({" …、", " …, "}) << "noroshi-broker run --data " << data.root.string() << "\n";
}

// One thing that check-config looks at: it throws what is wrong.
struct Check {
  std::string name;
  std::function<void()> look;
  std::string note;  // on what is well
};

void check_config(cli::Program& program, const fs::path& root) {
  const cli::Common& common = program.common;
  const runtime::DataDirectory data{root};
  std::error_code error;
  if (!fs::is_directory(root, error))
    throw cli::Failure(cli::kFailed,
                       root.string() + ": " + common({"ディレクトリがありません", "there is no such directory"}));
  const bool registrar_here = fs::exists(data.registrar_key(), error);
  const std::vector<Check> checks{
      {"directory", [&] { runtime::check_private(data); }, ""},
      {"broker.toml", [&] { runtime::load_config(data.config()); }, ""},
      {"matrix.toml", [&] { load_matrix(data.matrix()); }, ""},
      {"sectors.toml", [&] { runtime::load_sectors(data.sectors()); }, ""},
      {"log",
       [&] {
         try {
           store::open_sqlite_reader(data.log())->head();
         } catch (const store::StorageError& wrong) {
           throw runtime::ConfigError(wrong.what());
         }
       },
       ""},
      {"keys", [&] { runtime::load_keys(data); }, ""},
      {"registrar.pub", [&] { runtime::load_registrar_public(data); }, ""},
      {"registrar.key",
       [&] {
         if (!registrar_here) return;
         if (runtime::load_registrar(data.registrar_key()).public_key != runtime::load_registrar_public(data))
           throw runtime::ConfigError(data.registrar_key().string() +
                                      say({": registrar.pub と対応していません。対応する鍵を復元してください",
                                           ": does not belong to registrar.pub; restore the one that does"}));
       },
       registrar_here ? ""
                      : common({": ここにはありません (別の場所で保管していれば問題ありません)",
                                ": is not here, which is well if it is kept elsewhere"})},
  };
  bool all_well = true;
  for (const Check& check : checks) {
    std::string wrong;
    try {
      check.look();
    } catch (const std::exception& each) {  // every file has its say, not the first one that is wrong
      wrong = each.what();
    }
    all_well = all_well && wrong.empty();
    if (common.json) {
      boost::json::object line{{"check", check.name}, {"ok", wrong.empty()}};
      if (!wrong.empty()) line["error"] = wrong;
      print_line(line);
    } else if (wrong.empty()) {
      std::cout << cli::paint(common, cli::Colour::green, common({"正常", "ok"})) << "  " << check.name << check.note
                << "\n";
    } else {
      std::cout << cli::paint(common, cli::Colour::red, common({"誤り", "wrong"})) << "  " << cli::printable(wrong)
                << "\n";
    }
  }
  if (!all_well)
    throw cli::Failure(cli::kUsage, common({"設定に誤りがあります。上の行を直してください",
                                            "the configuration is wrong: correct the lines above"}));
}

}  // namespace

void add_init(cli::Program& program) {
  const auto options = std::make_shared<InitOptions>();
  CLI::App* command = program.command(
      "init",
      {"データディレクトリを作る: 鍵、設定、データベース", "Make a data directory: keys, configuration, database"},
      {"noroshi-broker init --data /var/lib/noroshi --name noroshi.example.jp",
       "noroshi-broker init --data /var/lib/noroshi --name noroshi.example.jp"},
      [&program, options] { guarded([&] { init(program.common, *options); }); });
  add_data_option(program, *command, options->data);
  command
      ->add_option("--name", options->config.origin,
                   program.common(
                       {"ブローカーの名前 (既定は機械の名前から)", "The broker's name (default: from the machine's)"}))
      ->option_text("ORIGIN");
  command
      ->add_option(
          "--host", options->config.host,
          program.common({"待ち受ける IP アドレス (既定 127.0.0.1)", "IP address to bind (default 127.0.0.1)"}))
      ->option_text("ADDRESS");
  command
      ->add_option("--port", options->config.port,
                   program.common({"最初のポート (既定 7701)。+1…+4 と +79 も使う",
                                   "First port (default 7701); +1 to +4 and +79 are used too"}))
      ->option_text("BASE");
}

void add_check_config(cli::Program& program) {
  const auto data = std::make_shared<fs::path>();
  CLI::App* command = program.command(
      "check-config", {"設定ファイルと鍵を検査する", "Check configuration files and keys"},
      {"noroshi-broker check-config --data /var/lib/noroshi", "noroshi-broker check-config --data /var/lib/noroshi"},
      [&program, data] { guarded([&] { check_config(program, *data); }); });
  add_data_option(program, *command, *data);
}

}  // namespace noroshi::broker
