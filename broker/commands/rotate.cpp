// rotate
#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "broker/commands/issue.h"
#include "broker/commands/member_view.h"
#include "broker/commands/parts.h"
#include "proto/wire/signing.h"

namespace noroshi::broker {
namespace {

constexpr int kMostOverlapDays = 400;

struct RotateOptions : IssueOptions {
  int overlap_days = 14;
};

void rotate(const cli::Common& common, const RotateOptions& options) {
  const Access access(common, options.data);
  const wire::SigningKey registrar = access.registrar(options.registrar);
  const auto roster = read_roster(access);
  const Member* former = find_member(roster, options.organization);
  if (!former || former->revoked)
    throw cli::Failure(cli::kFailed, options.organization + ": " +
                                         common({"登録されていないか、失効しています。enroll で登録してください",
                                                 "is not enrolled, or revoked: enrol it with enroll"}));
  constexpr std::int64_t kDay = 24 * 3600 * kMicrosPerSecond;
  const Micros until = cli::wall_clock() + options.overlap_days * kDay;
  Member member = *former;
  make_credential(access, options, member);
  retire_keys(*former, until, member);
  const std::uint64_t seq = enter(access, options, registrar, member);
  if (common.json)
    return print_line({{"organization", member.organization},
                       {"seq", seq},
                       {"credential", options.credential.string()},
                       {"keyIds", boost::json::array{wire::key_id(member.signing_keys.front())}},
                       {"formerKeysUntil", cli::rfc3339(until)}});
  std::cout << member.organization << ": " << common({"鍵を替えました。通番 ", "has new keys, entry "}) << seq << "\n"
            << (options.overlap_days == 0
                    ? common({"前の鍵は、いま使えなくなりました", "the former keys ended just now"})
                    : common({"前の鍵も使えるのは: ", "the former keys are good until: "}) + cli::local_time(until))
            << "\n";
  tell_credential(common, options);
}

}  // namespace

void add_rotate(cli::Program& program) {
  const auto options = std::make_shared<RotateOptions>();
  CLI::App* command = program.command(
      "rotate", {"会員の鍵を替える。前の鍵も重複期間の間は使える", "Give a member new keys; the former ones overlap"},
      {"noroshi-broker rotate metro-power --data /var/lib/noroshi --overlap 14 --credential metro-power-2.toml",
       "noroshi-broker rotate metro-power --data /var/lib/noroshi --overlap 14 --credential metro-power-2.toml"},
      [&program, options] { guarded([&] { rotate(program.common, *options); }); });
  add_issue_options(program, *command, *options);
  command
      ->add_option("--overlap", options->overlap_days,
                   program.common({"前の鍵も使える日数 (既定 14)。盗まれた鍵なら 0",
                                   "Days that the former keys stay good (default 14); 0 for a stolen key"}))
      ->check(CLI::Range(0, kMostOverlapDays))
      ->option_text("DAYS");
}

}  // namespace noroshi::broker
