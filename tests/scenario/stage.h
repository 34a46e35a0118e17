// One story on its stage: takes command lines, gives lines of output. The world begins with the first command after the
// settings.
#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/core_world.h"

namespace noroshi::test {

// A command line that cannot be understood: a fault of the scenario, not of the core.
struct ScriptError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// "submit keisan item=C.it-failure id=r1": words without '=' and options with it.
class Words {
 public:
  explicit Words(const std::string& line);
  const std::string& verb() const { return plain_.front(); }
  const std::string& at(std::size_t n) const;  // the n-th word after the verb, from 1
  bool has(const std::string& word) const;     // a flag
  std::string option(const std::string& name, const std::string& otherwise = "");
  std::vector<std::string> list(const std::string& name);
  std::uint64_t number(const std::string& name, std::uint64_t otherwise);
  std::size_t bytes(const std::string& name, std::size_t otherwise);  // "40", "300KiB"
  void finish(std::size_t words) const;  // everything has been asked for; at most so many plain words

 private:
  std::vector<std::string> plain_;
  std::map<std::string, std::string> options_;
  mutable std::map<std::string, bool> asked_;
};

std::int64_t seconds_of(const std::string& text);  // "+900s", "15m", "1h"

class Stage {
 public:
  std::vector<std::string> run(const std::string& line);

 private:
  std::vector<std::string> show(const core::Outcome& outcome) const;
  void settings(Words& words);
  std::vector<std::string> member(Words& words);
  core::Outcome hello(Words& words);
  core::Outcome submit(Words& words);
  core::Outcome replay(Words& words);
  core::Outcome revoke(Words& words);
  core::Outcome other(Words& words);
  World& world();
  const Member& known(const std::string& organization) const;
  core::Peer peer(const std::string& organization, core::Door door);

  WorldOptions options_;
  std::unique_ptr<World> world_;
  std::map<std::string, Member> members_;
  std::map<PeerId, std::string> peer_names_;
};

}  // namespace noroshi::test
