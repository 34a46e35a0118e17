// roster, revoke
#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "broker/commands/issue.h"
#include "broker/commands/member_view.h"
#include "broker/commands/parts.h"
#include "proto/cli/table.h"
#include "proto/wire/signing.h"

namespace noroshi::broker {
namespace {

std::string roles_of(const cli::Common& common, const Member& member) {
  std::vector<std::string> roles;
  if (!member.publish.empty())
    roles.push_back(common({"発信 ", "publishes "}) + joined(member.publish, ",") + " (" + member.source + ")");
  if (member.subscribe) roles.push_back(common({"受信", "subscribes"}));
  if (member.audit_clearance)
    roles.push_back(common({"監査 ", "audits up to "}) + std::string(name_of(*member.audit_clearance)));
  return joined(roles, common({"、", ", "}));
}

std::string state_of(const cli::Common& common, const Member& member) {
  if (member.revoked) return cli::paint(common, cli::Colour::red, common({"失効", "revoked"}));
  if (!member.active(cli::wall_clock()))
    return cli::paint(common, cli::Colour::yellow, common({"期間外", "not valid now"}));
  return common({"有効", "active"});
}

void show_roster(const cli::Common& common, const fs::path& root) {
  const auto roster = read_roster(Access(common, root));
  if (common.json) {
    for (const Member& member : roster) print_line(member_json(member));
    return;
  }
  std::vector<std::vector<std::string>> rows{{common({"組織", "ORGANISATION"}), common({"名称", "NAME"}),
                                              common({"区分", "TIER"}), common({"分野", "SECTORS"}),
                                              common({"役割", "ROLES"}), common({"状態", "STATE"})}};
  for (const Member& member : roster)
    rows.push_back({member.organization, cli::printable(common(member.name)), std::string(name_of(member.tier)),
                    joined(member.sectors, ","), roles_of(common, member), state_of(common, member)});
  cli::print_table(common, rows);
}

struct Revocation {
  fs::path data;
  fs::path registrar;
  std::string organization;
};

void revoke(const cli::Common& common, const Revocation& options) {
  const Access access(common, options.data);
  const wire::SigningKey registrar = access.registrar(options.registrar);
  const auto roster = read_roster(access);
  const Member* known = find_member(roster, options.organization);
  if (!known)
    throw cli::Failure(cli::kFailed, options.organization + ": " +
                                         common({"この組織は登録されていません。roster で確認してください",
                                                 "no such organisation is enrolled; see noroshi-broker roster"}));
  boost::json::object line{
      {"organization", known->organization}, {"revoked", true}, {"already", known->revoked}, {"seq", nullptr}};
  if (!known->revoked) {
    Member member = *known;
    member.revoked = true;
    line["seq"] = access.ask(signed_record(registrar, std::move(member))).reply.seq();
  }
  if (common.json) return print_line(line);
  if (known->revoked)
    std::cout << options.organization << ": " << common({"すでに失効しています", "had been revoked before"}) << "\n";
  else
    std::cout << options.organization << ": " << common({"失効させました。通番 ", "revoked, entry "}) << line["seq"]
              << "\n";
}

}  // namespace

void add_roster(cli::Program& program) {
  const auto data = std::make_shared<fs::path>();
  CLI::App* command = program.command(
      "roster", {"会員名簿を表示する", "Show who is enrolled"},
      {"noroshi-broker roster --data /var/lib/noroshi", "noroshi-broker roster --data /var/lib/noroshi"},
      [&program, data] { guarded([&] { show_roster(program.common, *data); }); });
  add_data_option(program, *command, *data);
}

void add_revoke(cli::Program& program) {
  const auto options = std::make_shared<Revocation>();
  CLI::App* command = program.command(
      "revoke", {"会員を失効させる。接続は直ちに切れる", "Revoke a member: its connections end at once"},
      {"noroshi-broker revoke metro-power --data /var/lib/noroshi",
       "noroshi-broker revoke metro-power --data /var/lib/noroshi"},
      [&program, options] { guarded([&] { revoke(program.common, *options); }); });
  command->add_option("ORG", options->organization, program.common({"組織の id", "The organisation's id"}))->required();
  add_data_option(program, *command, options->data);
  add_registrar_option(program, *command, options->registrar);
}

}  // namespace noroshi::broker
