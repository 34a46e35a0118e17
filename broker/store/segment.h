// A segment of the mirror, byte for byte: after its first line one record for each batch of the log, the entries and then
// the signed checkpoint of the tree after them. A record tells by itself whether it is whole; so does every entry in it,
// so that one rotten byte costs no more than it must. Pure; any thread.
//
//   record:  72 octets of header, payload
//   header:  mark (8), first sequence (8), entries (8), octets of payload (8), SHA-256 of payload (32), check of the above (8)
//   payload: the entries, the checkpoint as a signed note
//   entry:   sequence (8), recorded at (8), kind (1), lane (1), salt (16), leaf (32), row_check (8), octets of body (4), body
//
// Numbers are big-endian.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/store/log.h"

namespace noroshi::store {

inline constexpr std::string_view kSegmentLine = "noroshi mirror 1\n";

struct MirrorRecord {
  std::uint64_t before = 0;  // size of the tree before it
  std::vector<Entry> entries;
  std::string checkpoint;  // as it was signed

  std::uint64_t after() const { return before + entries.size(); }
};

// Of a batch that follows `before` entries; it may be empty.
Bytes encode_record(std::uint64_t before, std::span<const NewEntry> batch, std::string_view checkpoint);

// What stands at one place of a segment.
struct Piece {
  enum class Kind {
    record,     // a whole one
    torn,       // the beginning of one, at the end: its write was interrupted, so nobody was told of it
    misplaced,  // a whole one that does not go on from those before it: it begins earlier than they end
    damaged,    // anything else
  };
  Kind kind{};
  std::size_t begin = 0;
  std::size_t end = 0;
  MirrorRecord record;     // of a damaged one: the entries in it that are whole
  std::uint64_t upto = 0;  // the last sequence in it; 0: its header does not say
};

// All of a segment whose first sequence is `first`, in order, without gaps. The first line is a piece only if it is damaged
// or torn.
class Pieces {
 public:
  explicit Pieces(std::string_view segment, std::uint64_t first = 1) : bytes_(segment), reached_(first - 1) {}
  std::optional<Piece> next();

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  std::uint64_t reached_;  // by the records up to here
};

}  // namespace noroshi::store
