#include "tests/unit/subscriber/sink_promises.h"

#include <atomic>
#include <fstream>

#include "proto/wire/signing.h"
#include "schemas/matrix_loader.h"
#include "subscriber/newsletter.h"
#include "subscriber/sink_webhook.h"
#include "subscriber/syslog_message.h"
#include "tests/support/raw_server.h"
#include "tests/unit/subscriber/inbox_scene.h"

namespace noroshi::test {

using namespace subscriber;

namespace {

constexpr const char* kHostile =
    "<script>alert(1)</script>\"' onload='x' --> ]]> </title><img src=x>&amp; \\\"] [a b=\"c\"]";

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// Reads a message from its start, as the grammar goes; what does not fit makes it bad for good.
class Grammar {
 public:
  explicit Grammar(std::string_view rest) : rest_(rest) {}

  bool good = true;

  bool skip(std::string_view expected) {
    good = good && rest_.starts_with(expected);
    if (good) rest_.remove_prefix(expected.size());
    return good;
  }
  bool at(std::string_view expected) const { return rest_.starts_with(expected); }
  std::string name(std::size_t most, std::string_view without = "") {  // PRINTUSASCII
    std::string out;
    while (!rest_.empty() && rest_[0] > ' ' && rest_[0] < '\x7f' && without.find(rest_[0]) == std::string_view::npos) {
      out += rest_[0];
      rest_.remove_prefix(1);
    }
    good = good && !out.empty() && out.size() <= most;
    return out;
  }
  std::string value() {  // '"', '\' and ']' escaped
    std::string out;
    while (good && !at("\"")) {
      good = !rest_.empty() && rest_[0] != ']';
      if (at("\\")) rest_.remove_prefix(1);
      if (!rest_.empty()) out += rest_[0];
      if (!rest_.empty()) rest_.remove_prefix(1);
    }
    return out;
  }
  std::string rest() const { return std::string(rest_); }

 private:
  std::string_view rest_;
};

// What a sink says to a server that answers `answer`.
std::string posted_to(const std::string& answer) {
  const InboxScene scene;
  const auto secret = scene.path() / "secret";
  std::ofstream(secret) << "whsec_" << wire::to_base64(std::string(32, 'k'));
  fs::permissions(secret, fs::perms::owner_read);
  RawServer server(answer);
  const std::atomic<bool> stop{false};
  SinkSettings settings;
  settings.address = {"http", "127.0.0.1", server.port(), "/hook"};
  settings.secret_file = secret;
  return WebhookSink(settings, stop).take({parcel_saying("題")});
}

}  // namespace

const Matrix& shipped_matrix() {
  static const Matrix loaded = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  return loaded;
}

cli::Common speaking(Language language) {
  cli::Common out;
  out.language = language;
  return out;
}

Parcel parcel_saying(const std::string& text, v1::Report::Status status, const std::string& item) {
  Reading reading;
  reading.entry = delivery(7).entry;
  reading.report = delivery(7).report;
  reading.signature = "valid";
  v1::Report& report = reading.report;
  report.set_status(status);
  report.set_item(item);
  (*report.mutable_title())["ja"] = text;
  report.set_organization(text);
  report.set_tlp(text);
  auto* section = report.add_sections();
  section->set_field(text);
  (*section->mutable_text())["ja"] = text;
  report.add_references()->set_url(text);
  report.add_references()->set_title(text);
  report.add_indicators()->set_value(text);
  Parcel out;
  out.number = 1;
  out.json = "{\"a\":1}";
  out.reading = reading;
  return out;
}

std::optional<SyslogParts> parse_syslog(const std::string& message) {
  Grammar in(message);
  SyslogParts out;
  in.skip("<");
  const std::string priority = in.name(3, ">");
  in.good = in.good && priority.find_first_not_of("0123456789") == std::string::npos;
  if (!in.good) return std::nullopt;
  out.priority = std::stoi(priority);
  in.skip(">1 ");
  const std::string time = in.name(27);  // with six digits behind the second, and Z
  in.good = in.good && time.size() == 27 && time[10] == 'T' && time[19] == '.' && time.back() == 'Z';
  in.skip(" "), out.host = in.name(255);
  in.skip(" "), out.program = in.name(48);
  in.skip(" "), out.process = in.name(128);
  in.skip(" "), out.kind = in.name(32);
  in.skip(" ["), out.data_id = in.name(32, "=]\"");
  while (in.good && in.at(" ")) {
    in.skip(" ");
    const std::string name = in.name(32, "=]\"");
    in.skip("=\"");
    in.good = in.good && out.data.emplace(name, in.value()).second;
    in.skip("\"");
  }
  in.skip("] \xEF\xBB\xBF");
  out.text = in.rest();
  if (!in.good || out.priority > 191) return std::nullopt;
  return out;
}

bool html_is_what_was_written_and_no_markup() {
  const auto common = speaking(Language::ja);
  const Parcel parcel = parcel_saying(kHostile);
  const Article article = article_of(common, *parcel.reading, Micros{1});
  for (const Newsletter& letter :
       {by_itself(common, shipped_matrix(), article), newsletter_of(common, shipped_matrix(), {article, article})}) {
    const std::string page = as_html(common, shipped_matrix(), letter);
    if (count(page, "<script") + count(page, "<img") + count(page, "<a href=\"h") > 0) return false;
    if (count(page, "</title>") != 1 || count(page, "&lt;script&gt;") < 5) return false;
  }
  return true;
}

bool syslog_keeps_its_structure() {
  Parcel parcel = parcel_saying("題");
  const std::string hostile = "] [x y=\"\\z\" \" \\";
  parcel.reading->report.set_id(hostile);
  parcel.reading->report.set_tlp("AMBER");
  const auto parts = parse_syslog(
      syslog_message(speaking(Language::ja), shipped_matrix(), {16, "host.example", "17"}, parcel, 8192, Micros{1}));
  return parts && parts->data.at("id") == hostile && parts->data.at("tlp") == "AMBER" && parts->data.size() == 8;
}

// The example of Standard Webhooks' libraries, computed anew with Python's hmac; and it is of nothing else.
bool a_signature_is_of_one_message_at_one_time() {
  const wire::SecretKey secret(wire::from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").value());
  const auto sign = [&](const std::string& id, const std::string& time) {
    return web::webhook_signature(secret, id, time, "{\"test\": 2432232314}");
  };
  const std::string id = "msg_p5jXN8AQM9LWM0D4loKWxJek", time = "1614265330";
  return sign(id, time) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" &&
         sign(id, time) != sign(id, "1614265331") && sign(id, time) != sign("x", time);
}

bool a_webhook_is_taken_when_its_receiver_says_so() {
  const std::string end = "\r\nContent-Length: 0\r\n\r\n";
  for (const char* taken :
       {"HTTP/1.1 200 OK", "HTTP/1.1 204 No Content", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 201 Created"})
    if (!posted_to(taken + end).empty()) return false;
  for (const char* status :
       {"HTTP/1.1 500 Oh", "HTTP/1.1 302 There\r\nLocation: http://127.0.0.1:1/", "HTTP/1.1 410 Gone"})
    if (posted_to(status + end).find("HTTP ") == std::string::npos) return false;
  for (const char* none : {"", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nX: y", "nonsense\r\n\r\n"})
    if (posted_to(none).empty()) return false;
  return true;
}

}  // namespace noroshi::test
