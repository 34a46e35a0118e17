#include "publisher/letter.h"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

#include "proto/wire/decode.h"
#include "publisher/complete.h"

namespace noroshi::publisher {
namespace {

namespace json = boost::json;

Parcel parcel_of(Report report, v1::SignedReport sealed) {
  return {std::move(report.item),  std::move(report.organization),
          std::move(report.id),    report.relates_to ? report.relates_to->report : ReportId{},
          std::move(report.title), std::move(sealed)};
}

std::string text_at(const json::object& object, std::string_view key) {
  return std::string(object.at({key.data(), key.size()}).as_string());
}

std::optional<Rejection> rejection_in(const json::object& object) {
  const auto reason = value_in(kReasons, text_at(object, "reason"));
  if (!reason) return std::nullopt;
  return Rejection{*reason, text_at(object, "field"), text_at(object, "detail")};
}

std::optional<Parcel> parcel_in(std::string_view base64) {
  const auto bytes = wire::from_base64(base64);
  v1::SignedReport sealed;
  if (!bytes || !sealed.ParseFromString(*bytes)) return std::nullopt;
  auto report = wire::decode_report(sealed.report());
  if (std::holds_alternative<Rejection>(report)) return std::nullopt;
  return parcel_of(std::move(std::get<Report>(report)), std::move(sealed));
}

// Throws on what is no such line.
std::optional<Letter> letter_in(std::string_view line) {
  json::parse_options any;
  any.allow_invalid_utf8 = true;  // a file's name may be any bytes
  const json::value parsed = json::parse({line.data(), line.size()}, {}, any);
  const json::object& object = parsed.as_object();
  Letter letter{text_at(object, "where"), Rejection{}};
  if (object.contains("rejected")) {
    auto rejection = rejection_in(object.at("rejected").as_object());
    if (!rejection) return std::nullopt;
    letter.content = std::move(*rejection);
  } else {
    auto parcel = parcel_in(text_at(object, "signed"));
    if (!parcel) return std::nullopt;
    letter.content = std::move(*parcel);
  }
  return letter;
}

}  // namespace

std::vector<Letter> seal(std::vector<Prepared> all, const wire::SigningKey& key) {
  std::vector<Letter> letters;
  for (Prepared& prepared : all) {
    Letter& letter = letters.emplace_back(Letter{std::move(prepared.where), Rejection{}});
    if (auto* broken = std::get_if<Rejection>(&prepared.outcome)) {
      letter.content = std::move(*broken);
    } else {
      auto& checked = std::get<Checked>(prepared.outcome);
      letter.content = parcel_of(std::move(checked.report), sign(key, std::move(checked.bytes)));
    }
  }
  return letters;
}

std::string to_lines(const std::vector<Letter>& letters) {
  std::string lines;
  for (const Letter& letter : letters) {
    json::object line{{"where", letter.where}};
    if (const auto* no = std::get_if<Rejection>(&letter.content)) {
      line["rejected"] = {{"reason", name_of(no->reason)}, {"field", no->field}, {"detail", no->detail}};
    } else {
      const auto& parcel = std::get<Parcel>(letter.content);
      line["id"] = parcel.id.value;
      line["signed"] = wire::to_base64(parcel.report.SerializeAsString());
    }
    lines += json::serialize(line) + "\n";
  }
  return lines;
}

std::optional<std::vector<Letter>> letters_in(std::string_view lines) {
  std::vector<Letter> letters;
  try {
    while (!lines.empty()) {
      const std::size_t end = lines.find('\n');
      if (end == std::string_view::npos) return std::nullopt;  // cut off
      auto letter = letter_in(lines.substr(0, end));
      if (!letter) return std::nullopt;
      letters.push_back(std::move(*letter));
      lines.remove_prefix(end + 1);
    }
  } catch (const std::exception&) {  // Boost.JSON's, of a wrong kind of value
    return std::nullopt;
  }
  return letters;
}

}  // namespace noroshi::publisher
