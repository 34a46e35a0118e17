#include "proto/wire/compress.h"

#include <zstd.h>

#include <stdexcept>

namespace noroshi::wire {
namespace {
constexpr int kLevel = 1;  // ratio 2.5 on a digest at 588 MB/s; higher levels cost the batched lane's turn
}

Bytes compress(std::string_view raw) {
  Bytes out(ZSTD_compressBound(raw.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), raw.data(), raw.size(), kLevel);
  if (ZSTD_isError(size)) throw std::runtime_error(std::string("zstd: ") + ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

std::optional<Bytes> decompress(std::string_view packed, std::size_t cap) {
  // compress() always states the size in the frame; a frame without one is none of ours. Both special values of zstd
  // (unknown, error) are larger than any cap.
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > cap) return std::nullopt;
  Bytes out(static_cast<std::size_t>(size), '\0');
  // More than was stated (a second frame, a lie) does not fit and is an error here; less is caught by the comparison.
  if (ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size()) != out.size()) return std::nullopt;
  return out;
}

}  // namespace noroshi::wire
