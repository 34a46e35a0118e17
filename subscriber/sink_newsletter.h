// Puts reports into a directory for people to read: one file for each report or digest, named after the first sequence in it
// and its id, there whole or not at all. One that is passed on again takes the place of the same one.
#pragma once

#include "proto/cli/cli.h"
#include "subscriber/sink.h"

namespace noroshi::subscriber {

class NewsletterSink : public Sink {
 public:
  NewsletterSink(const SinkSettings& settings, const Matrix& matrix);
  std::size_t most() const override { return 100; }
  std::string take(const std::vector<Parcel>& parcels) override;

 private:
  std::string issue(const std::vector<const Reading*>& readings) const;

  cli::Common common_;
  const Matrix& matrix_;
  std::filesystem::path folder_;
  SinkSettings::Format format_;
};

}  // namespace noroshi::subscriber
