// bench/latency: publish call → acknowledged and → received, beside the floor, and with the batched lane flooded. All
// phases alternate in one run, so that a noisy machine disturbs them alike; what counts are the ratios.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include "bench/assault.h"
#include "bench/broker_process.h"
#include "bench/floor.h"
#include "bench/peers.h"

namespace {

using noroshi::bench::Samples;

constexpr int kOnsetPart = 5;  // of a second, in which a hostile member uses up what it is allowed at once and is cut

std::string summary(Samples& samples) {
  char text[128];
  std::snprintf(text, sizeof text, R"({"p50_us":%.0f,"p99_us":%.0f,"p999_us":%.0f})", samples.percentile(50),
                samples.percentile(99), samples.percentile(99.9));
  return text;
}

void line(const char* name, Samples& samples) {
  std::printf("%-28s %9.0f %9.0f %9.0f   (%zu)\n", name, samples.percentile(50), samples.percentile(99),
              samples.percentile(99.9), samples.size());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Latency of the urgent lane, beside the least that any durable broker must do");
  int rounds = 10, per_round = 200, rate = 200, base = 27701;
  const std::filesystem::path self = std::filesystem::canonical("/proc/self/exe");
  std::string output = "text", bin = self.parent_path().string(), hostile;
  app.add_option("--rounds", rounds, "rounds; the phases alternate in each")->check(CLI::Range(1, 1000));
  app.add_option("--reports", per_round, "reports per phase and round")->check(CLI::Range(1, 100000));
  app.add_option("--rate", rate, "reports a second")->check(CLI::Range(1, 10000));
  app.add_option("--port", base, "first of the broker's ports");
  app.add_option("--bin", bin, "where noroshi-broker is");
  app.add_option("--output", output)->check(CLI::IsMember({"text", "json"}));
  app.add_option("--assault", hostile)->group("");  // how it starts itself as a hostile member
  CLI11_PARSE(app, argc, argv);

  try {
    if (!hostile.empty()) return noroshi::bench::be_hostile(hostile);
    using namespace noroshi::bench;
    const BrokerProcess broker(bin, base);
    Floor floor(broker.directory());
    Departures departures;
    TimedSubscriber subscriber(broker.subscriber(), departures);
    PacedPublisher publisher(broker.publisher());
    std::string id;
    const std::size_t bytes = make_report(broker.publisher(), "C.it-failure", id).ByteSizeLong();

    Samples floor_samples, ack, deliver, flooded, onset, assaulted, discard;
    std::uint64_t flood_accepted = 0;
    double flood_seconds = 0, assault_seconds = 0;
    std::uint64_t assault_said = 0;
    subscriber.measure_into(&discard);
    publisher.send(per_round, rate, departures, discard);  // warm up
    for (int round = 0; round < rounds; ++round) {
      floor.send(per_round, rate, bytes, floor_samples);
      subscriber.measure_into(&deliver);
      publisher.send(per_round, rate, departures, ack);
      {
        const auto begin = SteadyClock::now();
        std::vector<std::unique_ptr<Flood>> floods;
        for (int n = 0; n < BrokerProcess::kFlooders; ++n) floods.push_back(std::make_unique<Flood>(broker.flooder(n)));
        subscriber.measure_into(&flooded);
        publisher.send(per_round, rate, departures, discard);
        for (const auto& flood : floods) flood_accepted += flood->accepted();
        flood_seconds += std::chrono::duration<double>(SteadyClock::now() - begin).count();
      }
    }
    {
      // One that goes on, as a real one would: its beginning, until it is cut, is told apart.
      const auto begin = SteadyClock::now();
      Assault assault(self, broker.flooder_file(BrokerProcess::kFlooders));
      subscriber.measure_into(&onset);
      publisher.send(rate / kOnsetPart, rate, departures, discard);
      subscriber.measure_into(&assaulted);
      publisher.send(rounds * per_round, rate, departures, discard);
      assault_said = assault.end();
      assault_seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    }

    const double over_floor = deliver.percentile(50) / floor_samples.percentile(50);
    const double over_idle = flooded.percentile(99) / deliver.percentile(99);
    const double assaulted_over_idle = assaulted.percentile(99) / deliver.percentile(99);
    if (output == "json") {
      std::printf(
          R"({"floor":%s,"ack":%s,"deliver":%s,"flooded":%s,"assault_onset":%s,"assaulted":%s,"flood_per_second":%.0f,"assault_per_second":%.0f,"deliver_p50_over_floor":%.2f,"flooded_p99_over_idle":%.2f,"assaulted_p99_over_idle":%.2f})"
          "\n",
          summary(floor_samples).c_str(), summary(ack).c_str(), summary(deliver).c_str(), summary(flooded).c_str(),
          summary(onset).c_str(), summary(assaulted).c_str(), static_cast<double>(flood_accepted) / flood_seconds,
          static_cast<double>(assault_said) / assault_seconds, over_floor, over_idle, assaulted_over_idle);
    } else {
      std::printf("%zu-byte reports, %d a second, %d rounds; microseconds\n\n%-28s %9s %9s %9s\n", bytes, rate, rounds,
                  "", "p50", "p99", "p99.9");
      line("floor: received", floor_samples);
      line("acknowledged", ack);
      line("received", deliver);
      line("received, batched flooded", flooded);
      line("received, assault begins", onset);
      line("received, urgent assaulted", assaulted);
      std::printf(
          "\nreceived p50 over floor p50   %.2f\nflooded p99 over idle p99     %.2f   (flood: %.0f reports/s "
          "accepted)\n"
          "assaulted p99 over idle p99   %.2f   (a hostile member: %.0f frames/s to the urgent lane)\n",
          over_floor, over_idle, static_cast<double>(flood_accepted) / flood_seconds, assaulted_over_idle,
          static_cast<double>(assault_said) / assault_seconds);
    }
  } catch (const std::exception& error) {
    std::cerr << "latency: error: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
