// enroll
#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <memory>

#include "broker/commands/enrolment.h"
#include "broker/commands/member_view.h"
#include "broker/commands/parts.h"
#include "broker/runtime/admin_client.h"
#include "broker/runtime/config_rules.h"
#include "broker/runtime/files.h"
#include "proto/wire/credential.h"

namespace noroshi::broker {
namespace {

// How members reach the broker: what it binds, unless that is every address.
std::string reachable_host(const cli::Common& common, const EnrolOptions& options, const runtime::Config& config) {
  if (!options.host.empty()) {
    const bool name = std::all_of(options.host.begin(), options.host.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    });
    if (name || runtime::is_address(options.host)) return options.host;
    throw cli::Failure(
        cli::kUsage,
        common({"--host は IP アドレスかホスト名です: ", "--host is an IP address or a host name: "}) + options.host);
  }
  if (config.host != "0.0.0.0" && config.host != "::") return config.host;
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  std::cerr
      << common(
             {"注意: ブローカーはすべてのアドレスで待ち受けるため、接続先をこの機械の名前にしました (--host "
              "で変えられます): ",
              "note: the broker binds every address, so the member is told this machine's name (--host changes it): "})
      << name.data() << "\n";
  return name.data();
}

wire::Credential connection(const Access& access, const EnrolOptions& options, const Member& member) {
  const runtime::Config& config = access.config;
  wire::Credential out;
  out.organization = member.organization;
  out.source = member.source;
  out.broker = config.origin;
  out.host = reachable_host(access.common, options, config);
  out.urgent_port = config.urgent_port();
  out.batched_port = config.batched_port();
  out.archive_port = config.archive_port();
  out.broker_transport = runtime::load_keys(access.data).transport.public_key;
  out.registrar = runtime::load_registrar_public(access.data);
  return out;
}

// For a member that made its keys itself: the lines that its file lacks. Nothing in them needs escaping.
std::string connection_lines(const wire::Credential& c) {
  const auto text = [](const std::string& key, const std::string& value) { return key + " = \"" + value + "\"\n"; };
  const auto hex = [](const PublicKey& key) { return wire::to_hex(std::string(key.begin(), key.end())); };
  std::string out =
      "# Noroshi 接続情報。秘密は含みません。keygen が作ったファイル (KEYS) と合わせて認証情報にします:\n"
      "# Noroshi connection data, nothing secret. Together with the file that keygen made (KEYS) it is the "
      "credential:\n"
      "#   (umask 077; { grep -vE '^(organization|source) =' KEYS; cat THIS_FILE; } > CREDENTIAL)\n";
  out +=
      text("organization", c.organization) + text("source", c.source) + text("broker", c.broker) + text("host", c.host);
  out += "urgent_port = " + std::to_string(c.urgent_port) + "\nbatched_port = " + std::to_string(c.batched_port) +
         "\narchive_port = " + std::to_string(c.archive_port) + "\n";
  return out + text("broker_transport", hex(c.broker_transport)) + text("registrar", hex(c.registrar));
}

// Writes what the member gets, and takes its public keys into its record. Throws Failure; never overwrites.
void make_credential(const Access& access, const EnrolOptions& options, Member& member) {
  wire::Credential credential = connection(access, options, member);
  try {
    if (options.keys.empty()) {
      credential.transport = wire::make_transport_key();
      credential.signing = wire::make_signing_key();
      member.transport_keys = {credential.transport.public_key};
      member.signing_keys = {credential.signing.public_key};
      wire::save_credential(options.credential, credential);
    } else {
      const wire::PublicKeys keys = wire::load_public_keys(options.keys);
      member.transport_keys = {keys.transport};
      member.signing_keys = {keys.signing};
      runtime::write_new_file(options.credential, connection_lines(credential));
    }
  } catch (const wire::CredentialError& error) {
    throw cli::Failure(cli::kFailed, error.what());
  } catch (const runtime::ConfigError& error) {
    throw cli::Failure(cli::kFailed, error.what());
  }
}

std::uint64_t submit(const Access& access, const EnrolOptions& options, const v1::AdminRequest& request) {
  try {
    return access.ask(request).reply.seq();
  } catch (const runtime::AdminUnreachable&) {
    std::cerr
        << access.common(
               {"注意: 登録されたかどうか分かりません。roster で確認し、登録されていればこの認証情報を使えます: ",
                "note: it may have been enrolled all the same. Look at the roster; if so, this credential is good: "})
        << options.credential.string() << "\n";
    throw;
  } catch (...) {
    std::error_code ignored;
    fs::remove(options.credential, ignored);  // a credential for nobody
    throw;
  }
}

void report(const cli::Common& common, const EnrolOptions& options, const Member& member, bool replaced,
            std::uint64_t seq) {
  if (common.json)
    return print_line({{"organization", member.organization},
                       {"seq", seq},
                       {"replaced", replaced},
                       {"credential", options.credential.string()},
                       {"keyIds", boost::json::array{wire::key_id(member.signing_keys.front())}}});
  std::cout << member.organization << ": " << common({"登録しました。通番 ", "enrolled, entry "}) << seq << "\n";
  if (replaced)
    std::cout << common({"前の登録を置き換えました。前の鍵はもう使えません。\n",
                         "this replaced its record: its former keys are no longer good.\n"});
  if (options.keys.empty())
    std::cout << common({"認証情報 (秘密鍵を含みます。安全な経路で渡し、手元には残さないでください): ",
                         "credential (it holds secret keys: hand it over safely and keep no copy): "});
  else
    std::cout << common({"接続情報 (秘密は含みません。使い方はファイルの中): ",
                         "connection data (nothing secret; how to use it is in the file): "});
  std::cout << options.credential.string() << "\n";
}

void enroll(const cli::Common& common, const EnrolOptions& options) {
  const Access access(common, options.data);
  const core::Settings settings = runtime::load_settings(access.data, access.config);
  Member member = record_of(common, options, settings);
  const wire::SigningKey registrar = access.registrar(options.registrar);
  const auto roster = read_roster(access);
  const bool replaced = find_member(roster, member.organization) != nullptr;

  make_credential(access, options, member);
  member.valid_from = cli::wall_clock();
  v1::AdminRequest request;
  *request.mutable_member() = wire::sign_member(registrar, member);
  const std::uint64_t seq = submit(access, options, request);
  report(common, options, member, replaced, seq);
}

template <class Table>
std::vector<std::string> names_in(const Table& table) {
  std::vector<std::string> out;
  for (const auto& [value, name] : table) out.emplace_back(name);
  return out;
}

}  // namespace

void add_enroll(cli::Program& program) {
  const auto o = std::make_shared<EnrolOptions>();
  const cli::Common& t = program.common;
  CLI::App* command = program.command(
      "enroll", {"会員を登録し、その認証情報を作る", "Enrol a member and make its credential"},
      {"noroshi-broker enroll metro-power --data /var/lib/noroshi --tier operator --sector electricity --source sector "
       "--publish C --publish B.c --subscribe --name-ja 首都電力 --credential metro-power.toml",
       "noroshi-broker enroll metro-power --data /var/lib/noroshi --tier operator --sector electricity --source sector "
       "--publish C --publish B.c --subscribe --name-en \"Metro Power\" --credential metro-power.toml"},
      [&program, o] { guarded([&] { enroll(program.common, *o); }); });
  command->add_option("ORG", o->organization, t({"組織の id", "The organisation's id"}))->required();
  add_data_option(program, *command, o->data);
  command->add_option("--tier", o->tier, t({"区分", "Tier"}))
      ->required()
      ->check(CLI::IsMember(names_in(kTiers)))
      ->option_text(joined(names_in(kTiers), "|"));
  // One value an option: else ORG after it would be taken for another sector.
  command->add_option("--sector", o->sectors, t({"分野 (繰り返し可)", "Sector (may be repeated)"}))
      ->allow_extra_args(false)
      ->option_text("S");
  command->add_option("--source", o->source, t({"情報源の区分。発信に必要", "Source group; needed to publish"}))
      ->option_text("GROUP");
  command
      ->add_option("--publish", o->publish,
                   t({"発信してよい項目 (繰り返し可)", "Items it may publish (may be repeated)"}))
      ->allow_extra_args(false)
      ->option_text("PATTERN");
  command->add_flag("--subscribe", o->subscribe, t({"受信する", "It subscribes"}));
  command
      ->add_option("--audit", o->audit,
                   t({"監査する。このラベルまで本文を見る", "It audits, and sees bodies up to this label"}))
      ->check(CLI::IsMember(names_in(kTlps)))
      ->option_text(joined(names_in(kTlps), "|"));
  command->add_option("--name-ja", o->name_ja, t({"日本語の名称", "Name in Japanese"}))->option_text("N");
  command->add_option("--name-en", o->name_en, t({"英語の名称", "Name in English"}))->option_text("N");
  command
      ->add_option("--keys", o->keys,
                   t({"会員が keygen で作った公開鍵", "Public keys that the member made with keygen"}))
      ->option_text("PUBLIC");
  command
      ->add_option("--registrar", o->registrar,
                   t({"登録機関の秘密鍵 (既定は DIR/keys/registrar.key)",
                      "The registrar's key (default DIR/keys/registrar.key)"}))
      ->option_text("FILE");
  command
      ->add_option("--host", o->host,
                   t({"会員から見たブローカーの名前 (既定は待ち受けアドレス)",
                      "How the member reaches the broker (default: what it binds)"}))
      ->option_text("ADDRESS");
  command->add_option("--credential", o->credential, t({"作る認証情報のファイル", "The credential file to make"}))
      ->required()
      ->option_text("OUT");
}

}  // namespace noroshi::broker
