// enroll
#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "broker/commands/enrolment.h"
#include "broker/commands/member_view.h"
#include "broker/commands/parts.h"
#include "proto/wire/credential.h"

namespace noroshi::broker {
namespace {

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
  tell_credential(common, options);
}

void enroll(const cli::Common& common, const EnrolOptions& options) {
  const Access access(common, options.data);
  const core::Settings settings = runtime::load_settings(access.data, access.config);
  Member member = record_of(common, options, settings);
  const wire::SigningKey registrar = access.registrar(options.registrar);
  const auto roster = read_roster(access);
  const Member* former = find_member(roster, member.organization);

  make_credential(access, options, member);
  const Micros now = cli::wall_clock();
  if (member.valid_from == Micros{}) member.valid_from = now;
  if (former) {
    retire_keys(*former, now, member);
    member.signed_at = former->signed_at;  // signed_record() makes it newer
  }
  report(common, options, member, former != nullptr, enter(access, options, registrar, member));
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
      "enroll", {"会員を登録し、その資格情報を作る", "Enrol a member and make its credential"},
      {"noroshi-broker enroll metro-power --data /var/lib/noroshi --tier operator --sector electricity --source sector "
       "--publish C --publish B.c --subscribe --name-ja 首都電力 --credential metro-power.toml",
       "noroshi-broker enroll metro-power --data /var/lib/noroshi --tier operator --sector electricity --source sector "
       "--publish C --publish B.c --subscribe --name-en \"Metro Power\" --credential metro-power.toml"},
      [&program, o] { guarded([&] { enroll(program.common, *o); }); });
  add_issue_options(program, *command, *o);
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
  command->add_flag(
      "--annotate", o->annotate,
      t({"他組織の報告に見解・とりまとめを付けてよい", "It may attach comments and summaries to reports of others"}));
  command->add_flag("--subscribe", o->subscribe, t({"受信する", "It subscribes"}));
  command
      ->add_option("--audit", o->audit,
                   t({"監査する。このラベルまで本文を見る", "It audits, and sees bodies up to this label"}))
      ->check(CLI::IsMember(names_in(kTlps)))
      ->option_text(joined(names_in(kTlps), "|"));
  command
      ->add_option("--valid-from", o->valid_from,
                   t({"有効期間の始まり (既定は今)。例 2026-12-01 または 2026-12-01T09:00:00+09:00",
                      "When it begins (default: now), as 2026-12-01 or 2026-12-01T09:00:00+09:00"}))
      ->option_text("TIME");
  command
      ->add_option("--valid-until", o->valid_until,
                   t({"有効期間の終わり (既定はなし)", "When it ends (default: it does not)"}))
      ->option_text("TIME");
  command
      ->add_option("--contact", o->contacts,
                   t({"確認が期限を過ぎたときの連絡先。上から順に (繰り返し可)。例 tel:+81-3-0000-0000",
                      "Whom to call when its confirmation is overdue, first things first (may be repeated), as "
                      "tel:+81-3-0000-0000"}))
      ->allow_extra_args(false)
      ->option_text("C");
  command->add_option("--name-ja", o->name_ja, t({"日本語の名称", "Name in Japanese"}))->option_text("N");
  command->add_option("--name-en", o->name_en, t({"英語の名称", "Name in English"}))->option_text("N");
}

}  // namespace noroshi::broker
