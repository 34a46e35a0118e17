// status, posture
#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "broker/commands/member_view.h"
#include "broker/commands/parts.h"
#include "broker/runtime/next_key.h"
#include "proto/tlog/verifier_key.h"
#include "proto/wire/signing.h"

namespace noroshi::broker {
namespace {

// Z85 (ZeroMQ RFC 32), in which ZeroMQ bindings of every language take keys. 32 bytes give 40 characters.
std::string z85(const PublicKey& key) {
  constexpr std::string_view kDigits =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  static_assert(kDigits.size() == 85 && std::tuple_size_v<PublicKey> % 4 == 0);
  std::string out;
  for (std::size_t i = 0; i < key.size(); i += 4) {
    std::uint32_t value = 0;
    for (std::size_t j = 0; j < 4; ++j) value = value << 8 | key[i + j];
    for (std::uint32_t divisor = 85u * 85 * 85 * 85; divisor != 0; divisor /= 85) out += kDigits[value / divisor % 85];
  }
  return out;
}

std::string posture_text(const cli::Common& common, std::string_view name) {
  const auto posture = value_in(kPostures, name);
  std::string label;
  if (posture == Posture::normal) label = common({"平時", "normal times"});
  if (posture == Posture::heightened) label = common({"要警戒時", "heightened alert"});
  if (posture == Posture::incident) label = common({"障害発生時", "incident in progress"});
  return std::string(name) + " (" + label + ")";
}

boost::json::object lane_json(const v1::LaneStatus& lane) {
  return {{"sessions", lane.sessions()}, {"backlog", lane.backlog()}};
}

// What they have cosigned since the broker's start: none while it does not run.
boost::json::array witnesses_json(const v1::StatusReply& status) {
  boost::json::array out;
  for (const v1::WitnessStatus& each : status.witnesses()) {
    boost::json::object witness{{"name", each.name()}, {"size", each.size()}, {"at", nullptr}, {"trouble", nullptr}};
    if (each.size() != 0) witness["at"] = cli::rfc3339(Micros{each.at_us()});
    if (!each.trouble().empty()) witness["trouble"] = each.trouble();
    out.push_back(std::move(witness));
  }
  return out;
}

std::string witness_text(const cli::Common& common, const v1::WitnessStatus& witness) {
  std::string out = witness.name() + ": ";
  if (witness.size() == 0)
    out += common({"まだ連署していません", "has cosigned nothing since the start"});
  else
    out += common({"", "has cosigned "}) + std::to_string(witness.size()) + common({" 件まで連署 (", " entries ("}) +
           cli::local_time(Micros{witness.at_us()}) + ")";
  if (witness.trouble().empty()) return out;
  return out + common({"。", "; "}) + cli::paint(common, cli::Colour::yellow, cli::printable(witness.trouble()));
}

boost::json::array silent_json(const v1::StatusReply& status) {
  boost::json::array out;
  for (const v1::SilentMember& each : status.silent())
    out.push_back({{"organization", each.organization()}, {"since", cli::rfc3339(Micros{each.since_us()})}});
  return out;
}

boost::json::value check_json(const v1::StatusReply& status) {
  if (status.checked_at_us() == 0) return nullptr;
  return boost::json::object{{"at", cli::rfc3339(Micros{status.checked_at_us()})},
                             {"entries", status.checked_entries()},
                             {"damages", status.damages()}};
}

std::string check_text(const cli::Common& common, const v1::StatusReply& status) {
  if (status.checked_at_us() == 0) return common({"開始してからまだ終わっていません", "not finished since the start"});
  const std::string when = " (" + cli::local_time(Micros{status.checked_at_us()}) + ")";
  if (status.damages() == 0)
    return common({"すべて書き込んだときのままです", "everything is as it was written"}) + when;
  return cli::paint(common, cli::Colour::red,
                    common({"損傷 ", "damages: "}) + std::to_string(status.damages()) +
                        common({" 件。noroshi-broker check で確かめ、止めて rebuild してください",
                                "; see noroshi-broker check, stop it and run rebuild"})) +
         when;
}

void show_status(const cli::Common& common, const fs::path& root) {
  const Access access(common, root);
  const runtime::Keys keys = runtime::load_keys(access.data);
  v1::AdminRequest request;
  request.mutable_status();
  const Access::Answer answer = access.ask(request);
  std::vector<Member> expiring = read_roster(access);
  std::erase_if(expiring, [now = cli::wall_clock()](const Member& member) { return !member.ends_soon(now); });
  const v1::StatusReply& status = answer.reply.status();
  const runtime::Config& config = access.config;
  const auto next_key = runtime::load_transport_key_state(access.data, config).pending;
  // Only a broker that runs, and has been told, knows who has it.
  const bool asked_for = next_key && status.next_key_id() == wire::key_id(next_key->key);
  const std::vector<std::string> unaware(status.next_key_unaware().begin(), status.next_key_unaware().end());
  const std::vector<std::string> unheard(status.next_key_unheard().begin(), status.next_key_unheard().end());
  const std::string verifier = tlog::to_text(tlog::log_key(status.origin(), keys.log.public_key));
  const Micros started{status.started_at_us()};

  if (common.json) {
    boost::json::object out;
    out["origin"] = status.origin();
    out["verifierKey"] = verifier;
    out["running"] = answer.running;
    out["head"] = status.head();
    out["posture"] = status.posture();
    out["proposedPosture"] = nullptr;
    if (!status.proposed_posture().empty())
      out["proposedPosture"] =
          boost::json::object{{"posture", status.proposed_posture()}, {"report", status.proposed_by()}};
    out["ports"] = boost::json::object{{"urgent", config.urgent_port()},
                                       {"batched", config.batched_port()},
                                       {"archive", config.archive_port()},
                                       {"openUrgent", config.open_urgent_port()},
                                       {"openBatched", config.open_batched_port()},
                                       {"http", config.http_port()}};
    out["openFeedKey"] = z85(keys.transport.public_key);
    out["nextKey"] = nullptr;
    if (next_key) {
      boost::json::object next{{"keyId", wire::key_id(next_key->key)},
                               {"since", cli::rfc3339(next_key->made_at)},
                               {"openFeedKey", z85(next_key->key)},
                               {"atNextStart", next_key->at_next_start},
                               {"unaware", nullptr},
                               {"unheard", nullptr}};
      if (asked_for) {
        next["unaware"] = boost::json::array(unaware.begin(), unaware.end());
        next["unheard"] = boost::json::array(unheard.begin(), unheard.end());
      }
      out["nextKey"] = std::move(next);
    }
    out["lanes"] = boost::json::object{{"urgent", lane_json(status.urgent())},
                                       {"batched", lane_json(status.batched())},
                                       {"archive", lane_json(status.archive())}};
    out["witnesses"] = witnesses_json(status);
    out["check"] = check_json(status);
    out["silent"] = silent_json(status);
    boost::json::array soon;
    for (const Member& member : expiring)
      soon.push_back({{"organization", member.organization}, {"validUntil", cli::rfc3339(member.valid_until)}});
    out["expiring"] = std::move(soon);
    out["matrixVersion"] = status.matrix_version();
    out["startedAt"] = nullptr;
    if (answer.running) out["startedAt"] = cli::rfc3339(started);
    return print_line(out);
  }

  const auto row = [&](cli::Text label, const std::string& value) {
    std::cout << cli::pad(common(label), 20) << value << "\n";
  };
  const auto lane = [&](const v1::LaneStatus& each) {
    return common({"セッション ", "sessions "}) + std::to_string(each.sessions()) +
           common({"、未記録 ", ", backlog "}) + std::to_string(each.backlog());
  };
  row({"ブローカー", "Broker"}, status.origin());
  row({"状態", "State"}, answer.running ? cli::paint(common, cli::Colour::green, common({"稼働中", "running"})) +
                                              common({" (開始 ", " (since "}) + cli::local_time(started) + ")"
                                        : cli::paint(common, cli::Colour::yellow, common({"停止中", "not running"})));
  row({"態勢", "Posture"}, posture_text(common, status.posture()));
  if (!status.proposed_posture().empty())
    row({"提案された態勢", "Proposed posture"},
        cli::paint(common, cli::Colour::yellow, posture_text(common, status.proposed_posture())) +
            common({"。報告 ", ", by report "}) + status.proposed_by() +
            common({"。変えるには noroshi-broker posture", "; to change it: noroshi-broker posture"}));
  row({"最新の通番", "Newest entry"}, std::to_string(status.head()));
  row({"マトリックスの版", "Matrix version"}, status.matrix_version());
  for (const Member& member : expiring)
    row({"まもなく期限切れ", "Expires soon"},
        cli::paint(common, cli::Colour::yellow, member.organization + " " + cli::local_time(member.valid_until)));
  if (answer.running) {
    row({"緊急レーン", "Urgent lane"}, lane(status.urgent()));
    row({"定期レーン", "Batched lane"}, lane(status.batched()));
    row({"アーカイブ", "Archive"}, common({"セッション ", "sessions "}) + std::to_string(status.archive().sessions()));
    for (const v1::SilentMember& each : status.silent())
      row({"応答のない会員", "Silent member"},
          cli::paint(common, cli::Colour::red,
                     each.organization() + common({"。最後の応答 ", ", last heard "}) +
                         cli::local_time(Micros{each.since_us()})));
    row({"ログの検査", "Check of the log"}, check_text(common, status));
    for (const v1::WitnessStatus& each : status.witnesses()) row({"証人", "Witness"}, witness_text(common, each));
  }
  row({"アドレス", "Address"}, config.host);
  row({"ポート", "Ports"}, common({"緊急 ", "urgent "}) + std::to_string(config.urgent_port()) +
                               common({"、定期 ", ", batched "}) + std::to_string(config.batched_port()) +
                               common({"、アーカイブ ", ", archive "}) + std::to_string(config.archive_port()) +
                               common({"、公開フィード ", ", open feed "}) + std::to_string(config.open_urgent_port()) +
                               "/" + std::to_string(config.open_batched_port()) + common({"、HTTP ", ", HTTP "}) +
                               std::to_string(config.http_port()));
  row({"ログの検証鍵", "Verifier key"}, verifier);
  row({"公開フィードの鍵", "Open feed key"}, z85(keys.transport.public_key));
  if (!next_key) return;
  row({"次の通信鍵", "Next transport key"},
      wire::key_id(next_key->key) + common({" (予告 ", " (announced "}) + cli::local_time(next_key->made_at) +
          (next_key->at_next_start ? common({"、次の起動から使う)", ", takes over at the next start)"}) : ")"));
  row({"次のフィードの鍵", "Next open feed key"}, z85(next_key->key));
  if (!answer.running) return;
  if (!asked_for)
    return row({"まだ持たない会員", "Members without it"},
               common({"ブローカーに伝わっていません。rotate-key をもう一度実行してください",
                       "the broker does not know of it: run rotate-key again"}));
  const auto lacking = [&](const std::vector<std::string>& members) {
    return members.empty()
               ? common({"なし", "none"})
               : cli::paint(common, cli::Colour::yellow, std::to_string(members.size()) + ": " + joined(members, " "));
  };
  row({"持たない会員", "Members without it"}, common({"接続中 ", "in session "}) + lacking(unaware));
  row({"", ""}, common({"接続しておらず未確認 ", "away, not heard of "}) + lacking(unheard));
}

struct PostureOptions {
  fs::path data;
  std::string posture;
  std::string reason;
};

void show_or_set_posture(const cli::Common& common, const PostureOptions& options) {
  const Access access(common, options.data);
  v1::AdminRequest request;
  if (options.posture.empty()) {
    if (!options.reason.empty())
      throw cli::Failure(cli::kUsage, common({"--reason は態勢を変えるときのものです。新しい態勢も指定してください",
                                              "--reason is for a change: name the posture too"}));
    request.mutable_status();
    const std::string posture = access.ask(request).reply.status().posture();
    if (common.json) return print_line({{"posture", posture}});
    std::cout << posture_text(common, posture) << "\n";
    return;
  }
  request.mutable_posture()->set_posture(options.posture);
  request.mutable_posture()->set_reason(options.reason);
  const auto seq = access.ask(request).reply.seq();
  if (common.json) return print_line({{"posture", options.posture}, {"reason", options.reason}, {"seq", seq}});
  std::cout << common({"態勢を変えました: ", "posture is now "}) << posture_text(common, options.posture)
            << common({"。通番 ", ", entry "}) << seq << "\n";
}

}  // namespace

void add_status(cli::Program& program) {
  const auto data = std::make_shared<fs::path>();
  CLI::App* command = program.command("status", {"ブローカーの状態を表示する", "Show the state of the broker"},
                                      {"noroshi-broker status --data /var/lib/noroshi --output json",
                                       "noroshi-broker status --data /var/lib/noroshi --output json"},
                                      [&program, data] { guarded([&] { show_status(program.common, *data); }); });
  add_data_option(program, *command, *data);
}

void add_posture(cli::Program& program) {
  const auto options = std::make_shared<PostureOptions>();
  CLI::App* command =
      program.command("posture", {"態勢を表示する、または変える", "Show or change the posture"},
                      {"noroshi-broker posture heightened --reason 国際会議 --data /var/lib/noroshi",
                       "noroshi-broker posture heightened --reason \"summit week\" --data /var/lib/noroshi"},
                      [&program, options] { guarded([&] { show_or_set_posture(program.common, *options); }); });
  command->add_option("POSTURE", options->posture, program.common({"新しい態勢", "The new posture"}))
      ->check(CLI::IsMember({"normal", "heightened", "incident"}))
      ->option_text("[normal|heightened|incident]");
  command
      ->add_option("--reason", options->reason,
                   program.common({"理由。ログに残る (会員に伝わるのは態勢だけ)",
                                   "Why; kept in the log (members hear of the posture only)"}))
      ->option_text("R");
  add_data_option(program, *command, options->data);
}

}  // namespace noroshi::broker
