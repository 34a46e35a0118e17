#include <chrono>
#include <fstream>
#include <sstream>

#include "subscriber/sink_exec.h"
#include "subscriber/sink_file.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/inbox_scene.h"

namespace noroshi::test {

using namespace subscriber;

namespace {

std::string contents(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

std::string exec(std::vector<std::string> command, const std::string& json = "{}", std::int64_t seconds = 20) {
  const std::atomic<bool> stop{false};
  return ExecSink(std::move(command), seconds, stop).take({{1, json}});
}

}  // namespace

TEST_CASE("a program gets the parcel on its standard input, whole, and ends with 0 when it has it") {
  const InboxScene scene;
  const auto file = scene.path() / "got";
  const std::string large(3'000'000, 'x');
  CHECK(exec({"/bin/sh", "-c", "cat > \"$0\"", file.string()}, large).empty());
  CHECK(contents(file) == large + "\n");
  CHECK(exec({"/bin/sh", "-c", "cat > \"$0\"", file.string()}, "{\"a\":1}").empty());
  CHECK(contents(file) == "{\"a\":1}\n");
}

TEST_CASE("whatever else becomes of the program, the parcel is not taken") {
  CHECK(exec({"/bin/sh", "-c", "cat > /dev/null; exit 3"}).find("3") != std::string::npos);
  CHECK_FALSE(exec({"/bin/sh", "-c", "kill -9 $$"}).empty());
  CHECK(exec({"/no/such/program"}).find("/no/such/program") != std::string::npos);
  // One that does not read its input is no trouble by itself.
  CHECK(exec({"/bin/true"}, std::string(3'000'000, 'x')).empty());
}

TEST_CASE("a program that hangs is ended with all it started") {
  const InboxScene scene;
  const auto file = scene.path() / "pid";
  CHECK_FALSE(exec({"/bin/sh", "-c", "sleep 1000 & echo $! > \"$0\"; wait", file.string()}, "{}", 1).empty());
  const int pid = std::stoi(contents(file));
  const auto state = [&] { return contents("/proc/" + std::to_string(pid) + "/stat"); };
  const auto gone = [&] { return state().empty() || state().find(") Z") != std::string::npos; };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!gone() && std::chrono::steady_clock::now() < end) {
  }
  CHECK(gone());
}

TEST_CASE("a file gets whole lines, also after one that was cut short, and may be moved away") {
  const InboxScene scene;
  const auto file = scene.path() / "log.ndjson";
  FileSink sink(file);
  CHECK(sink.take({{1, "{1}"}, {2, "{2}"}}).empty());
  CHECK(contents(file) == "{1}\n{2}\n");
  std::ofstream(file, std::ios::app) << "{cut sh";
  CHECK(sink.take({{3, "{3}"}}).empty());
  CHECK(contents(file) == "{1}\n{2}\n{cut sh\n{3}\n");
  fs::rename(file, scene.path() / "old");
  CHECK(sink.take({{4, "{4}"}}).empty());
  CHECK(contents(file) == "{4}\n");
  CHECK(FileSink(scene.path() / "no" / "folder").take({{1, "{}"}}).find("no/folder") != std::string::npos);
}

}  // namespace noroshi::test
