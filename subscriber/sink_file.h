// Appends parcels to a file, one line of JSON each, on the disk before they count as taken. The file may be moved away at
// any time: it is opened anew for every append.
#pragma once

#include "subscriber/sink.h"

namespace noroshi::subscriber {

class FileSink : public Sink {
 public:
  FileSink(std::filesystem::path path, const std::atomic<bool>& stop) : path_(std::move(path)), stop_(stop) {}
  std::size_t most() const override { return 100; }
  std::string take(const std::vector<Parcel>& parcels) override;

 private:
  std::string lock(int fd) const;

  std::filesystem::path path_;
  const std::atomic<bool>& stop_;
};

}  // namespace noroshi::subscriber
