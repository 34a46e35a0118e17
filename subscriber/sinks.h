// Passes on what is in the inbox: for each sink and stream a thread of its own with its own place in the database, so that
// one that hangs or fails delays nothing else. At least once, in order within a stream; what failed is tried again.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "subscriber/inbox.h"
#include "subscriber/inbox_folder.h"
#include "subscriber/sink.h"

namespace noroshi::subscriber {

enum class Stream { urgent = 1, batched = 2, links = 3 };  // the lanes as Lane has them, and what became of them

// One sink's place in one stream. Used by one thread.
class SinkQueue {
 public:
  SinkQueue(std::unique_ptr<Database> database, std::string sink, Stream stream, bool drills = true)
      : inbox_(std::move(database)), sink_(std::move(sink)), stream_(stream), drills_(drills) {}

  std::vector<Parcel> next(std::size_t most);
  // Hands the next parcels to the sink, drills only if it wants them; they are behind us once they are in its hands. True:
  // there were some and they were taken. Otherwise trouble() says why not.
  bool pass_on(Sink& sink);
  const std::string& trouble() const { return trouble_; }

 private:
  void move_on(std::int64_t number);
  void note(const std::string& trouble);

  Inbox inbox_;
  std::string sink_;
  Stream stream_;
  bool drills_;
  std::string trouble_;
};

class Sinks {
 public:
  // New sinks begin where their settings say. The threads start. Throws cli::Failure for a sink that cannot be made, and
  // for one that was there and is neither set nor retired: a settings file that was cut short must not silence a pager.
  Sinks(const InboxFolder& folder, const Settings& settings, const Matrix& matrix);
  ~Sinks();
  void news();  // there is more to pass on
  // How many sinks did not take what they were last given, on whatever stream. Any thread.
  std::uint32_t failing() const;

 private:
  void work(const InboxFolder& folder, const SinkSettings& settings, Stream stream, Sink& sink);
  void wait(std::uint64_t& seen, std::int64_t at_most);  // microseconds
  void mark(const std::string& sink, Stream stream, bool failing);

  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t news_ = 0;
  std::map<std::string, std::set<Stream>> failing_;  // by sink; none is empty
  std::vector<std::thread> threads_;
};

// How many parcels a sink has not taken yet on a stream, what keeps it, and since when.
struct Arrears {
  std::string sink;
  Stream stream{};
  std::int64_t pending = 0;
  std::string trouble;
  Micros since{};  // 0: nothing keeps it
};
std::vector<Arrears> arrears(Database& database, const std::vector<SinkSettings>& settings);

}  // namespace noroshi::subscriber
