#include "broker/commands/member_view.h"

#include <algorithm>
#include <iostream>

#include "proto/wire/signing.h"

namespace noroshi::broker {
namespace {

boost::json::array texts(const std::vector<std::string>& from) {
  boost::json::array out;
  for (const std::string& each : from) out.emplace_back(each);
  return out;
}

}  // namespace

std::vector<Member> read_roster(const Access& access) {
  v1::AdminRequest request;
  request.mutable_roster();
  const v1::AdminReply reply = access.ask(request).reply;
  const PublicKey registrar = runtime::load_registrar_public(access.data);
  std::vector<Member> out;
  for (const v1::MemberChange& change : reply.members()) {
    auto member = wire::open_member(registrar, change);
    if (!member)
      throw cli::Failure(
          cli::kUnverified,
          access.common({"名簿に、登録機関の署名が合わない会員があります。ログを検査してください",
                         "the roster has a member whose registrar signature does not fit; examine the log"}));
    out.push_back(std::move(*member));
  }
  return out;
}

const Member* find_member(const std::vector<Member>& roster, const std::string& organization) {
  const auto it =
      std::find_if(roster.begin(), roster.end(), [&](const Member& m) { return m.organization == organization; });
  return it == roster.end() ? nullptr : &*it;
}

boost::json::object member_json(const Member& member) {
  boost::json::object name;
  for (const auto& [language, text] : member.name) name[language] = text;
  boost::json::array keys;
  for (const PublicKey& key : member.signing_keys) keys.emplace_back(wire::key_id(key));
  boost::json::object out;
  out["organization"] = member.organization;
  out["name"] = std::move(name);
  out["tier"] = name_of(member.tier);
  out["sectors"] = texts(member.sectors);
  out["source"] = member.source;
  out["publish"] = texts(member.publish);
  out["subscribe"] = member.subscribe;
  out["audit"] = nullptr;
  if (member.audit_clearance) out["audit"] = name_of(*member.audit_clearance);
  out["annotate"] = member.annotate;
  out["contacts"] = texts(member.contacts);
  out["keyIds"] = std::move(keys);
  boost::json::array retired;
  for (const RetiredKeys& former : member.retired)
    retired.push_back({{"keyId", wire::key_id(former.signing)}, {"until", cli::rfc3339(former.until)}});
  out["retiredKeys"] = std::move(retired);
  out["validFrom"] = cli::rfc3339(member.valid_from);
  out["validUntil"] = nullptr;  // no end
  if (member.valid_until != Micros{}) out["validUntil"] = cli::rfc3339(member.valid_until);
  out["revoked"] = member.revoked;
  return out;
}

void print_line(const boost::json::object& object) { std::cout << boost::json::serialize(object) << "\n"; }

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) out.append(out.empty() ? "" : separator).append(part);
  return out;
}

}  // namespace noroshi::broker
