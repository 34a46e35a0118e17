#include "broker/commands/enrolment.h"

#include <algorithm>

#include "broker/commands/member_view.h"
#include "broker/runtime/contradictions.h"

namespace noroshi::broker {
namespace {

bool is_organization_id(std::string_view id) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return id.size() >= 2 && id.size() <= 63 && fits(id.front()) &&
         std::all_of(id.begin(), id.end(), [&](char c) { return fits(c) || c == '-'; });
}

class Enrolment {
 public:
  Enrolment(const cli::Common& common, const EnrolOptions& options, const core::Settings& settings)
      : common_(common), options_(options), settings_(settings) {}

  Member record() const {
    Member member;
    if (!is_organization_id(options_.organization))
      fail({"組織の id は小文字・数字・ハイフンで2〜63文字、先頭は英数字です: ",
            "an organisation's id has 2 to 63 lower-case letters, digits and hyphens and no hyphen first: "},
           options_.organization);
    member.organization = options_.organization;
    member.name = names();
    member.tier = value_in(kTiers, options_.tier).value();  // checked with the options
    member.sectors = sectors();
    member.source = source();
    member.publish = options_.publish;
    for (const std::string& pattern : member.publish) check_pattern(pattern);
    member.subscribe = options_.subscribe;
    member.annotate = options_.annotate;
    member.contacts = contacts();
    member.valid_from = time("--valid-from", options_.valid_from);
    member.valid_until = time("--valid-until", options_.valid_until);
    if (member.valid_until != Micros{} && member.valid_until <= std::max(member.valid_from, cli::wall_clock()))
      fail({"有効期間が始まる前に終わります。--valid-until を直してください: ",
            "the validity ends before it begins: correct --valid-until: "},
           options_.valid_until);
    if (member.annotate && member.publish.empty())
      fail({"--annotate には --publish が要ります", "--annotate needs --publish"}, "");
    if (!options_.audit.empty()) member.audit_clearance = value_in(kTlps, options_.audit).value();
    if (member.publish.empty() && !member.subscribe && !member.audit_clearance)
      fail({"役割がありません: --publish、--subscribe、--audit の少なくとも1つを指定してください",
            "no role: give at least one of --publish, --subscribe, --audit"},
           "");
    return member;
  }

 private:
  [[noreturn]] void fail(cli::Text what, const std::string& value) const {
    throw cli::Failure(cli::kUsage, common_(what) + value);
  }

  Micros time(const char* option, const std::string& text) const {
    if (text.empty()) return {};
    // A day begins at midnight in Japan.
    const auto given = cli::parse_time(text.size() == 10 ? text + "T00:00:00+09:00" : text);
    if (!given)
      fail({"時刻として読めません。2026-12-01 または 2026-12-01T09:00:00+09:00 と書いてください: ",
            "no time; write it as 2026-12-01 or 2026-12-01T09:00:00+09:00: "},
           std::string(option) + " " + text);
    return *given;
  }

  Localized names() const {
    Localized out;
    for (const auto& [language, text] : {std::pair{"ja", &options_.name_ja}, std::pair{"en", &options_.name_en}}) {
      if (text->empty()) continue;
      if (text->size() > limits::kNameBytes) fail({"名称が長すぎます: ", "this name is too long: "}, *text);
      if (cli::printable(*text) != *text)
        fail({"名称に制御文字か、UTF-8 でない文字があります: ",
              "this name has control characters, or is no UTF-8 text: "},
             *text);
      out[language] = *text;
    }
    return out;
  }

  std::vector<std::string> contacts() const {
    for (const std::string& contact : options_.contacts)
      if (contact.empty() || contact.size() > limits::kNameBytes || cli::printable(contact) != contact)
        fail({"連絡先は1行、128バイトまでで書いてください: ", "write a contact in one line of at most 128 bytes: "},
             contact);
    if (options_.contacts.size() > limits::kContacts)
      fail({"連絡先が多すぎます。上限: ", "too many contacts; at most "}, std::to_string(limits::kContacts));
    return options_.contacts;
  }

  std::vector<std::string> sectors() const {
    std::vector<std::string> out;
    for (const std::string& sector : options_.sectors) {
      if (!settings_.sectors.contains(sector))
        fail({"知らない分野です。分野は: ", "there is no such sector; the sectors: "},
             joined({settings_.sectors.begin(), settings_.sectors.end()}, " ") + " (" + sector + ")");
      if (std::find(out.begin(), out.end(), sector) == out.end()) out.push_back(sector);
    }
    return out;
  }

  std::string source() const {
    std::vector<std::string> known;
    for (const SourceGroup& each : settings_.matrix.sources) known.push_back(each.id);
    const std::string list = joined(known, " ");
    if (options_.source.empty() && !options_.publish.empty())
      fail({"発信する会員には --source が必要です: ", "one who publishes needs a --source, one of: "}, list);
    if (!options_.source.empty() && !settings_.matrix.source(options_.source))
      fail({"知らない情報源です。情報源は: ", "there is no such source group; the groups: "},
           list + " (" + options_.source + ")");
    return options_.source;
  }

  // A pattern that no topic of this member can match is a mistake: it would look like a right and be none.
  void check_pattern(const std::string& pattern) const {
    if (!runtime::covers_an_item(settings_.matrix, pattern, options_.source))
      fail({"--publish がマトリックスのどの項目 (情報源は --source) にも当たりません。noroshi-publisher items "
            "を見てください: ",
            "this --publish covers no item of the matrix from the --source given; see noroshi-publisher items: "},
           pattern);
  }

  const cli::Common& common_;
  const EnrolOptions& options_;
  const core::Settings& settings_;
};

}  // namespace

Member record_of(const cli::Common& common, const EnrolOptions& options, const core::Settings& settings) {
  return Enrolment(common, options, settings).record();
}

}  // namespace noroshi::broker
