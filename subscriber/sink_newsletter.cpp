#include "subscriber/sink_newsletter.h"

#include <algorithm>
#include <cstring>

#include "proto/wire/files.h"
#include "proto/wire/signing.h"
#include "subscriber/newsletter.h"

namespace noroshi::subscriber {

namespace {

using Format = SinkSettings::Format;

constexpr std::size_t kSeqDigits = 12;  // so that names are in the order of the log
constexpr std::size_t kIdLength = 36;   // of a UUID

// Of a report that nobody vouches for, the id may be anything: then it is known by its leaf.
std::string name_of(const Reading& reading) {
  const std::string seq = std::to_string(reading.entry.seq.value);
  const std::string& id = reading.report.id();
  const bool plain = id.size() == kIdLength && id.find_first_not_of("0123456789abcdef-") == std::string::npos;
  return std::string(kSeqDigits - std::min(kSeqDigits, seq.size()), '0') + seq + "-" +
         (plain ? id : wire::to_hex(reading.entry.leaf));
}

const char* ending_of(Format format) {
  switch (format) {
    case Format::html: return ".html";
    case Format::markdown: return ".md";
    default: return ".txt";
  }
}

}  // namespace

NewsletterSink::NewsletterSink(const SinkSettings& settings, const Matrix& matrix)
    : matrix_(matrix), folder_(settings.path), format_(settings.format) {
  common_.language = settings.language.value_or(spoken_language());
}

// A digest is one newsletter; of one that has not come to its end, what there is. Whatever else comes stands by itself.
std::string NewsletterSink::take(const std::vector<Parcel>& parcels) {
  std::vector<const Reading*> digest;
  const auto close = [&] { return digest.empty() ? "" : issue(std::exchange(digest, {})); };
  for (const Parcel& each : parcels) {
    if (!each.reading) continue;
    const bool part = belongs_in_newsletter(*each.reading);
    if (!part)
      if (std::string trouble = close(); !trouble.empty()) return trouble;
    digest.push_back(&*each.reading);
    if (!part || each.reading->digest_end)
      if (std::string trouble = close(); !trouble.empty()) return trouble;
  }
  return close();
}

std::string NewsletterSink::issue(const std::vector<const Reading*>& readings) const {
  const Micros now = cli::wall_clock();
  std::vector<Article> articles;
  for (const Reading* each : readings) articles.push_back(article_of(common_, *each, now));
  const Newsletter letter = belongs_in_newsletter(*readings.front()) ? newsletter_of(common_, matrix_, articles)
                                                                     : by_itself(common_, matrix_, articles.front());
  const std::string text = format_ == Format::html       ? as_html(common_, matrix_, letter)
                           : format_ == Format::markdown ? as_markdown(common_, matrix_, letter)
                                                         : as_text(common_, matrix_, letter);
  const std::string name = name_of(*readings.front()) + ending_of(format_);
  if (const int error = wire::put_file(folder_ / name, text))
    return (folder_ / name).string() + ": " + std::strerror(error);
  return {};
}

}  // namespace noroshi::subscriber
