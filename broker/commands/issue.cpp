#include "broker/commands/issue.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>

#include "broker/runtime/admin_client.h"
#include "broker/runtime/config_rules.h"
#include "broker/runtime/files.h"
#include "broker/runtime/next_key.h"
#include "proto/wire/credential.h"

namespace noroshi::broker {
namespace {

constexpr std::size_t kRetiredKept = 16;  // more keys than a member wears out in its records' lifetime

// How members reach the broker: what it binds, unless that is every address.
std::string reachable_host(const cli::Common& common, const IssueOptions& options, const runtime::Config& config) {
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

wire::Credential connection(const Access& access, const IssueOptions& options, const Member& member) {
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
  if (const auto state = runtime::load_transport_key_state(access.data, config); state.pending)
    out.broker_transport_next = {state.pending->key, state.pending->made_at};
  out.registrar = runtime::load_registrar_public(access.data);
  out.broker_log = runtime::load_keys(access.data).log.public_key;
  return out;
}

// For a member that made its keys itself: the lines that its file lacks. Nothing in them needs escaping.
std::string connection_lines(const wire::Credential& c) {
  const auto text = [](const std::string& key, const std::string& value) { return key + " = \"" + value + "\"\n"; };
  const auto hex = [](const PublicKey& key) { return wire::to_hex(std::string(key.begin(), key.end())); };
  std::string out =
      "# Noroshi 接続情報。秘密は含みません。keygen が作ったファイル (KEYS) と合わせて資格情報にします:\n"
      "# Noroshi connection data, nothing secret. Together with the file that keygen made (KEYS) it is the "
      "credential:\n"
      "#   (umask 077; { grep -vE '^(organization|source) =' KEYS; cat THIS_FILE; } > CREDENTIAL)\n";
  out +=
      text("organization", c.organization) + text("source", c.source) + text("broker", c.broker) + text("host", c.host);
  out += "urgent_port = " + std::to_string(c.urgent_port) + "\nbatched_port = " + std::to_string(c.batched_port) +
         "\narchive_port = " + std::to_string(c.archive_port) + "\n";
  out += text("broker_transport", hex(c.broker_transport));
  if (c.broker_transport_next) {
    out += text("broker_transport_next", hex(c.broker_transport_next->key));
    out += "broker_transport_next_made_at_us = " + std::to_string(c.broker_transport_next->made_at.value) + "\n";
  }
  if (c.broker_log) out += text("broker_log", hex(*c.broker_log));
  return out + text("registrar", hex(c.registrar));
}

}  // namespace

// Writes what the member gets, and takes its public keys into its record. Throws Failure; never overwrites.
void make_credential(const Access& access, const IssueOptions& options, Member& member) {
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

// A clock that was set back must not make a new record an old one.
v1::AdminRequest signed_record(const wire::SigningKey& registrar, Member member) {
  member.signed_at = std::max(cli::wall_clock(), member.signed_at + 1);
  v1::AdminRequest request;
  *request.mutable_member() = wire::sign_member(registrar, member);
  return request;
}

std::uint64_t enter(const Access& access, const IssueOptions& options, const wire::SigningKey& registrar,
                    const Member& member) {
  const v1::AdminRequest request = signed_record(registrar, member);
  try {
    return access.ask(request).reply.seq();
  } catch (const runtime::AdminUnreachable&) {
    std::cerr
        << access.common(
               {"注意: 登録されたかどうか分かりません。roster で確認し、登録されていればこの資格情報を使えます: ",
                "note: it may have been enrolled all the same. Look at the roster; if so, this credential is good: "})
        << options.credential.string() << "\n";
    throw;
  } catch (...) {
    std::error_code ignored;
    fs::remove(options.credential, ignored);  // a credential for nobody
    throw;
  }
}

void retire_keys(const Member& former, Micros until, Member& member) {
  member.retired = former.retired;
  // None outlives this change: after a theft (until = now) no key of before is good, however it was replaced.
  for (RetiredKeys& earlier : member.retired) earlier.until = std::min(earlier.until, until);
  for (std::size_t i = 0; i < std::min(former.transport_keys.size(), former.signing_keys.size()); ++i)
    member.retired.push_back({former.transport_keys[i], former.signing_keys[i], until});
  while (member.retired.size() > kRetiredKept) member.retired.erase(member.retired.begin());
}

void tell_credential(const cli::Common& common, const IssueOptions& options) {
  if (options.keys.empty())
    std::cout << common({"資格情報 (秘密鍵を含みます。安全な経路で渡し、手元には残さないでください): ",
                         "credential (it holds secret keys: hand it over safely and keep no copy): "});
  else
    std::cout << common({"接続情報 (秘密は含みません。使い方はファイルの中): ",
                         "connection data (nothing secret; how to use it is in the file): "});
  std::cout << options.credential.string() << "\n";
}

void add_issue_options(cli::Program& program, CLI::App& command, IssueOptions& options) {
  const cli::Common& t = program.common;
  command.add_option("ORG", options.organization, t({"組織の id", "The organisation's id"}))->required();
  add_data_option(program, command, options.data);
  command
      .add_option("--keys", options.keys,
                  t({"会員が keygen で作った公開鍵", "Public keys that the member made with keygen"}))
      ->option_text("PUBLIC");
  add_registrar_option(program, command, options.registrar);
  command
      .add_option("--host", options.host,
                  t({"会員から見たブローカーの名前 (既定は待ち受けアドレス)",
                     "How the member reaches the broker (default: what it binds)"}))
      ->option_text("ADDRESS");
  command.add_option("--credential", options.credential, t({"作る資格情報のファイル", "The credential file to make"}))
      ->required()
      ->option_text("OUT");
}

}  // namespace noroshi::broker
