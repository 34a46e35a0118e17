#include "tests/scenario/stage.h"

#include <algorithm>
#include <sstream>

#include "tests/scenario/text.h"

namespace noroshi::test {

namespace {

std::uint64_t parsed(const std::string& text, const std::string& what) {
  std::size_t end = 0;
  std::uint64_t value = 0;
  try {
    value = std::stoull(text, &end);
  } catch (const std::exception&) {
    throw ScriptError(what + ": no number: " + text);
  }
  if (end != text.size()) throw ScriptError(what + ": no number: " + text);
  return value;
}

}  // namespace

Words::Words(const std::string& line) {
  std::istringstream in(line);
  for (std::string word; in >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos)
      plain_.push_back(word);
    else if (!options_.emplace(word.substr(0, equals), word.substr(equals + 1)).second)
      throw ScriptError("given twice: " + word);
  }
  if (plain_.empty()) throw ScriptError("no command: " + line);
}

const std::string& Words::at(std::size_t n) const {
  if (n >= plain_.size()) throw ScriptError(verb() + ": a word is missing");
  asked_[plain_[n]] = true;
  return plain_[n];
}

bool Words::has(const std::string& word) const {
  asked_[word] = true;
  return std::find(plain_.begin() + 1, plain_.end(), word) != plain_.end();
}

std::string Words::option(const std::string& name, const std::string& otherwise) {
  asked_[name + "="] = true;
  const auto it = options_.find(name);
  return it == options_.end() ? otherwise : it->second;
}

std::vector<std::string> Words::list(const std::string& name) {
  std::vector<std::string> all;
  std::istringstream in(option(name));
  for (std::string each; std::getline(in, each, ',');) all.push_back(each);
  return all;
}

std::uint64_t Words::number(const std::string& name, std::uint64_t otherwise) {
  const std::string text = option(name);
  return text.empty() ? otherwise : parsed(text, name);
}

std::size_t Words::bytes(const std::string& name, std::size_t otherwise) {
  std::string text = option(name);
  if (text.empty()) return otherwise;
  std::size_t unit = 1;
  if (text.ends_with("KiB")) unit = limits::KiB, text.resize(text.size() - 3);
  return parsed(text, name) * unit;
}

// A misspelt option must not pass for one that is not given.
void Words::finish(std::size_t words) const {
  for (const auto& [name, value] : options_)
    if (!asked_.contains(name + "=")) throw ScriptError(verb() + ": unknown option " + name);
  for (std::size_t i = words + 1; i < plain_.size(); ++i)
    if (!asked_.contains(plain_[i])) throw ScriptError(verb() + ": unknown word " + plain_[i]);
}

std::int64_t seconds_of(const std::string& text) {
  std::string digits = text.starts_with('+') ? text.substr(1) : text;
  if (digits.empty()) throw ScriptError("no time: " + text);
  const char unit = digits.back();
  digits.pop_back();
  const auto value = static_cast<std::int64_t>(parsed(digits, "time"));
  switch (unit) {
    case 's': return value;
    case 'm': return value * 60;
    case 'h': return value * 3600;
    default: throw ScriptError("no unit of time (s, m, h): " + text);
  }
}

World& Stage::world() {
  if (!world_) world_ = std::make_unique<World>(options_);
  return *world_;
}

const Member& Stage::known(const std::string& organization) const {
  const auto it = members_.find(organization);
  if (it == members_.end()) throw ScriptError("no member of that name: " + organization);
  return it->second;
}

core::Peer Stage::peer(const std::string& organization, core::Door door) {
  const core::Peer peer = world().peer(organization, door);
  peer_names_[peer.id] = organization + "@" + std::string(core::name_of(door));
  return peer;
}

std::vector<std::string> Stage::show(const core::Outcome& outcome) const {
  return lines_of(outcome, [this](PeerId id) {
    if (id.value <= 2) return std::string(id.value == 1 ? "open-feed@urgent" : "open-feed@batched");
    const auto it = peer_names_.find(id);
    return it == peer_names_.end() ? "peer " + std::to_string(id.value) : it->second;
  });
}

std::vector<std::string> Stage::run(const std::string& line) {
  Words words(line);
  const std::string& verb = words.verb();
  if (verb == "settings") return settings(words), std::vector<std::string>{};
  if (verb == "member") return member(words);
  if (verb == "hello") return show(hello(words));
  if (verb == "submit") return show(submit(words));
  if (verb == "replay") return show(replay(words));
  if (verb == "revoke") return show(revoke(words));
  return show(other(words));
}

}  // namespace noroshi::test
