// The mirror of the log: all its entries a second time, and the signed head of its tree, in append-only files of their own,
// on another disk if there is one. A batch counts as durable when both the database and its record here are; the two are
// written at the same time. Files are named after the first sequence in them: "00000000000000000001.mirror".
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "broker/store/segment.h"
#include "proto/tlog/checkpoint.h"

namespace noroshi::store {

namespace fs = std::filesystem;

// In whose name heads are signed.
struct Signer {
  std::string origin;
  wire::SigningKey key;

  tlog::VerifierKey verifier() const { return tlog::log_key(origin, key.public_key); }
  std::string sign(const tlog::Frontier& tree) const {
    return tlog::sign_checkpoint({origin, tree.size(), tree.root(), {}}, key);
  }
};

inline constexpr std::size_t kSegmentBytes = 64u << 20;  // read in one piece at a start

// Writes behind what is there. begin() and finish() by one thread; what they ask for is done by a thread of its own.
class Mirror {
 public:
  // Goes on in `segment`, whose length is that of its whole records; an empty path: in a new one. Throws StorageError.
  Mirror(fs::path folder, Signer signer, const fs::path& segment = {}, std::size_t segment_bytes = kSegmentBytes);
  ~Mirror();
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  // The batch must outlive the finish() that belongs to it. `after`: the tree with it.
  void begin(std::span<const NewEntry> batch, const tlog::Frontier& after);
  // Waits until it is durable. Throws StorageError.
  void finish();
  void wait();  // until the batch is no longer looked at, however that went

  const Signer& signer() const { return signer_; }
  const fs::path& folder() const { return folder_; }

 private:
  void run();
  void write();
  void open_next(std::uint64_t first);

  const fs::path folder_;
  const Signer signer_;
  const std::size_t segment_bytes_;

  // The thread's own while busy_.
  fs::path file_;
  int fd_ = -1;
  std::size_t written_ = 0;
  std::span<const NewEntry> batch_;
  tlog::Frontier after_;
  std::string error_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool busy_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when everything else stands
};

struct Segment {
  fs::path file;
  std::uint64_t first = 0;  // sequence
};

// In order; nothing if there is no such folder. Throws StorageError if it cannot be read.
std::vector<Segment> segments_of(const fs::path& folder);
fs::path segment_file(const fs::path& folder, std::uint64_t first);
// The whole file. Throws StorageError.
Bytes read_segment(const fs::path& file);
// What is wrong with a piece, for people: file, octets, what.
std::string describe(const Segment& segment, const Piece& piece);

// What follows the newest whole record in its place.
struct Unread {
  fs::path file;
  std::size_t octets = 0;
  bool torn = false;       // as a write leaves it that was interrupted, or a file that lost its end
  bool whole = false;      // a record, but not in its place
  std::uint64_t upto = 0;  // the last sequence in it; 0: nothing says
};

// What the mirror says last: its newest whole record that is in its place, and where that ends.
struct MirrorHead {
  Segment segment;
  std::size_t end = 0;               // of the record in the segment
  std::uint64_t size = 0;            // of the tree
  std::string note;                  // the checkpoint, not yet opened
  std::vector<std::string> damages;  // met on the way, also what follows the newest record
  bool torn = false;                 // what follows it is the beginning of another that nobody was told of
  bool rotten_end = false;           // or one that was perhaps acknowledged
  std::vector<Unread> unread;        // either, piece by piece
};
// nullopt: there is no segment. With segments but no whole record the size is 0 and the note empty.
std::optional<MirrorHead> newest_record(const fs::path& folder);

}  // namespace noroshi::store
