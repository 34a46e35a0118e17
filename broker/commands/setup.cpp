// init, check-config
#include <CLI/CLI.hpp>
#include <unistd.h>

#include <array>
#include <functional>
#include <iostream>
#include <memory>

#include "broker/commands/member_view.h"
#include "broker/commands/parts.h"
#include "broker/runtime/mirror.h"
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

void tell_check(const cli::Common& common, const std::string& name, const std::string& note, const std::string& wrong) {
  if (common.json) {
    boost::json::object line{{"check", name}, {"ok", wrong.empty()}};
    if (!wrong.empty()) line["error"] = wrong;
    print_line(line);
  } else if (wrong.empty()) {
    std::cout << cli::paint(common, cli::Colour::green, common({"正常", "ok"})) << "  " << name << note << "\n";
  } else {
    std::cout << cli::paint(common, cli::Colour::red, common({"誤り", "wrong"})) << "  " << cli::printable(wrong)
              << "\n";
  }
}

// The same questions that `run` asks before it listens.
void check_config(cli::Program& program, const fs::path& root) {
  const cli::Common& common = program.common;
  const runtime::DataDirectory data{root};
  std::error_code error;
  if (!fs::is_directory(root, error))
    throw cli::Failure(cli::kFailed,
                       root.string() + ": " + common({"ディレクトリがありません", "there is no such directory"}));
  bool all_well = true;
  // Each part has its say, not only the first that is wrong.
  const auto look = [&](const std::string& name, const std::string& note, const std::function<void()>& at) {
    std::string wrong;
    try {
      at();
    } catch (const std::exception& each) {
      wrong = each.what();
    }
    tell_check(common, name, note, wrong);
    all_well = all_well && wrong.empty();
  };
  runtime::Foundation foundation;
  for (const runtime::Part& part : runtime::parts_of(data)) {
    const bool elsewhere = part.name == "registrar.key" && !fs::exists(data.registrar_key(), error);
    look(part.name,
         elsewhere ? common({": ここにはありません (別の場所で保管していれば問題ありません)",
                             ": is not here, which is well if it is kept elsewhere"})
                   : "",
         [&] { part.load(foundation); });
  }
  look("log", "", [&] {
    core::Broker broker(foundation.settings);
    if (all_well) {
      runtime::restore(broker, data, foundation);
      runtime::check_mirror(data, foundation);
    } else {  // there is nothing to hold it against
      store::open_sqlite_reader(data.log())->head();
    }
  });
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
