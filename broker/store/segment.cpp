#include "broker/store/segment.h"

#include <algorithm>

#include "broker/store/row.h"
#include "proto/tlog/text_form.h"
#include "proto/types/words.h"
#include "proto/wire/signing.h"

namespace noroshi::store {
namespace {

using tlog::big_endian;
using tlog::from_big_endian;

constexpr std::string_view kMark("\x89NRSrec\n", 8);
constexpr std::size_t kChecked = 8 + 8 + 8 + 8 + 32;
constexpr std::size_t kHeader = kChecked + 8;

template <std::size_t N>
std::string_view octets(const std::array<std::uint8_t, N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}

struct Header {
  std::uint64_t first = 0;
  std::uint64_t entries = 0;
  std::uint64_t payload = 0;
  std::string_view hash;
};

std::optional<Header> header_at(std::string_view bytes, std::size_t at) {
  if (bytes.size() - at < kHeader || bytes.substr(at, kMark.size()) != kMark) return std::nullopt;
  const std::string_view checked = bytes.substr(at, kChecked);
  if (from_big_endian<std::int64_t>(bytes.substr(at + kChecked, 8)) != check_of(checked, {})) return std::nullopt;
  const auto number = [&](std::size_t index) { return from_big_endian<std::uint64_t>(checked.substr(8 * index, 8)); };
  return Header{number(1), number(2), number(3), checked.substr(32)};
}

// Takes what is there from the front of a text; afterwards it is known whether it was.
class Take {
 public:
  explicit Take(std::string_view from) : rest_(from) {}
  std::string_view octets(std::size_t count) {
    if (count > rest_.size()) {
      short_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }
  template <class Integer>
  Integer number() {
    return from_big_endian<Integer>(octets(sizeof(Integer)));
  }
  template <std::size_t N>
  void into(std::array<std::uint8_t, N>& out) {
    const std::string_view bytes = octets(N);
    std::copy(bytes.begin(), bytes.end(), out.begin());
  }
  bool came_short() const { return short_; }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool short_ = false;
};

// nullopt: not whole.
std::optional<Entry> take_entry(Take& from) {
  Entry entry;
  entry.seq = Seq{from.number<std::uint64_t>()};
  entry.recorded_at = Micros{from.number<std::int64_t>()};
  entry.kind = static_cast<EntryKind>(from.number<std::uint8_t>());
  entry.lane = static_cast<Lane>(from.number<std::uint8_t>());
  from.into(entry.salt);
  from.into(entry.leaf);
  const auto check = from.number<std::int64_t>();
  entry.body = from.octets(from.number<std::uint32_t>());
  const bool whole = !from.came_short() && name_of(entry.kind) != "?" && name_of(entry.lane) != "?" &&
                     row_check(entry) == check && wire::leaf_of(entry.salt, entry.body) == entry.leaf;
  return whole ? std::optional(std::move(entry)) : std::nullopt;
}

// As much of a record as is whole. Whether all of it is.
bool read_payload(const Header& header, std::string_view payload, MirrorRecord& out) {
  Take from(payload);
  bool whole = true;
  out.before = header.first - 1;
  for (std::uint64_t i = 0; i < header.entries && !from.came_short(); ++i) {
    auto entry = take_entry(from);
    whole = whole && entry && entry->seq == Seq{header.first + i};
    if (entry) out.entries.push_back(std::move(*entry));
  }
  out.checkpoint = from.rest();
  return whole && !from.came_short() && payload.size() == header.payload &&
         tlog::octets(wire::sha256(payload)) == header.hash;
}

std::size_t next_header(std::string_view bytes, std::size_t from) {
  for (std::size_t at = bytes.find(kMark, from); at != std::string_view::npos; at = bytes.find(kMark, at + 1))
    if (header_at(bytes, at)) return at;
  return bytes.size();
}

}  // namespace

Bytes encode_record(std::uint64_t before, std::span<const NewEntry> batch, std::string_view checkpoint) {
  Bytes payload;
  for (const auto& [entry, report] : batch) {
    payload += big_endian(entry.seq.value) + big_endian(static_cast<std::uint64_t>(entry.recorded_at.value));
    payload += static_cast<char>(entry.kind);
    payload += static_cast<char>(entry.lane);
    payload.append(octets(entry.salt)).append(octets(entry.leaf));
    payload += big_endian(static_cast<std::uint64_t>(row_check(entry)));
    payload += big_endian(static_cast<std::uint32_t>(entry.body.size()));
    payload += entry.body;
  }
  payload += checkpoint;
  Bytes out(kMark);
  out += big_endian(before + 1) + big_endian(static_cast<std::uint64_t>(batch.size())) +
         big_endian(static_cast<std::uint64_t>(payload.size()));
  out += octets(wire::sha256(payload));
  out += big_endian(static_cast<std::uint64_t>(check_of(out, {})));
  return out + payload;
}

std::optional<Piece> Pieces::next() {
  if (at_ == 0) {
    at_ = std::min(kSegmentLine.size(), bytes_.size());
    if (bytes_.empty()) return std::nullopt;
    const std::string_view line = bytes_.substr(0, at_);
    if (line.size() < kSegmentLine.size() && kSegmentLine.starts_with(line))
      return Piece{Piece::Kind::torn, 0, at_, {}, 0};
    if (line != kSegmentLine) return Piece{Piece::Kind::damaged, 0, at_, {}, 0};
  }
  if (at_ == bytes_.size()) return std::nullopt;
  Piece out{Piece::Kind::damaged, at_, bytes_.size(), {}, 0};
  const std::string_view rest = bytes_.substr(at_);
  const auto header = header_at(bytes_, at_);
  if (header) out.upto = header->first + header->entries - 1;
  if (header && header->payload <= rest.size() - kHeader) {
    out.end = at_ + kHeader + static_cast<std::size_t>(header->payload);
    if (read_payload(*header, rest.substr(kHeader, static_cast<std::size_t>(header->payload)), out.record))
      out.kind = out.record.before < reached_ ? Piece::Kind::misplaced : Piece::Kind::record;
    if (out.kind == Piece::Kind::record) reached_ = out.record.after();
  } else {
    out.end = next_header(bytes_, at_ + 1);
    const bool last = out.end == bytes_.size();
    const bool begun = header || (rest.size() < kHeader && (rest.starts_with(kMark) || kMark.starts_with(rest)));
    if (last && begun) out.kind = Piece::Kind::torn;
    if (header) read_payload(*header, rest.substr(kHeader, out.end - at_ - kHeader), out.record);
  }
  at_ = out.end;
  return out;
}

}  // namespace noroshi::store
