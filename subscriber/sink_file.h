// Appends parcels to a file, one line of JSON each, on the disk before they count as taken. The file may be moved away at
// any time: it is opened anew for every append.
#pragma once

#include "subscriber/sink.h"

namespace noroshi::subscriber {

class FileSink : public Sink {
 public:
  explicit FileSink(std::filesystem::path path) : path_(std::move(path)) {}
  std::size_t most() const override { return 100; }
  std::string take(const std::vector<Parcel>& parcels) override;

 private:
  std::filesystem::path path_;
};

}  // namespace noroshi::subscriber
