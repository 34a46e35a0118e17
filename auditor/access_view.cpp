#include "auditor/access_view.h"

#include <boost/json.hpp>

namespace noroshi::auditor {

namespace {

namespace json = boost::json;

cli::Text word_for(Purpose purpose) {
  switch (purpose) {
    case Purpose::replay: return {"再生", "replay"};
    case Purpose::verify: return {"検証", "verification"};
    case Purpose::export_: return {"書き出し", "export"};
    case Purpose::prove: return {"証明", "proof"};
    case Purpose::receipts: return {"受領の確認", "receipts"};
  }
  return {"", ""};
}

// A purpose of a later version is shown as it is called there.
std::string purpose_of(const cli::Common& common, const v1::Access& access) {
  const auto known = value_in(kPurposes, access.what());
  return known ? common(word_for(*known)) : access.what();
}

template <class List>
std::string joined(const List& list) {
  std::string out;
  for (const std::string& each : list) out += (out.empty() ? "" : " ") + each;
  return out;
}

}  // namespace

void add_access(const v1::Access& access, json::object& out) {
  out["organization"] = access.organization();
  out["purpose"] = access.what();
  out["from"] = access.from();
  out["to"] = access.to();
  if (access.from_time_us() != 0) out["fromTime"] = cli::rfc3339(Micros{access.from_time_us()});
  if (access.to_time_us() != 0) out["toTime"] = cli::rfc3339(Micros{access.to_time_us()});
  out["topics"] = json::array(access.topics().begin(), access.topics().end());
  out["statuses"] = json::array(access.statuses().begin(), access.statuses().end());
  out["kinds"] = json::array(access.kinds().begin(), access.kinds().end());
}

std::string access_text(const cli::Common& common, const v1::Access& access) {
  std::string out = access.organization() + "  " + purpose_of(common, access) + "  #" + std::to_string(access.from()) +
                    "–#" + std::to_string(access.to());
  if (access.from_time_us() != 0 || access.to_time_us() != 0) {
    const auto moment = [](std::int64_t us) { return us == 0 ? std::string() : cli::local_time(Micros{us}); };
    out += " (" + moment(access.from_time_us()) + " – " + moment(access.to_time_us()) + ")";
  }
  const auto add = [&](cli::Text name, const auto& list) {
    if (!list.empty()) out += "  " + common(name) + joined(list);
  };
  add({"種類: ", "kinds: "}, access.kinds());
  add({"項目: ", "topics: "}, access.topics());
  add({"区分: ", "statuses: "}, access.statuses());
  return out;
}

}  // namespace noroshi::auditor
