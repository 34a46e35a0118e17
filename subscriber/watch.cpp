#include "subscriber/watch.h"

#include <CLI/CLI.hpp>

#include <memory>

#include "proto/cli/credential.h"
#include "proto/client/stop_signal.h"
#include "subscriber/display.h"
#include "subscriber/local_matrix.h"
#include "subscriber/roads.h"
#include "subscriber/watch_options.h"

namespace noroshi::subscriber {

namespace {

class Watch : public Traveller {
 public:
  Watch(cli::Program& program, const WatchOptions& options, const Matrix& matrix, const wire::Credential& credential)
      : program_(program),
        options_(options),
        display_(program, matrix, options.count),
        roads_(program, matrix, credential, options.credential, *this) {
    for (const Lane lane : {Lane::urgent, Lane::batched}) {
      if (!options.wants(lane)) continue;
      Road& road = roads_.open(lane, Roads::wishes(options.topics, options.statuses));
      if (const auto first = options.first())
        road.subscription.start_after(previous(*first));
      else
        road.subscription.start_now();
    }
  }

  void run() {
    const Micros start = roads_.now();
    while (!client::stop_requested() && !display_.full()) {
      if (cli::reader_gone()) throw cli::output_lost();
      if (options_.timeout && roads_.now() - start >= static_cast<std::int64_t>(*options_.timeout * 1e6))
        return time_is_over();
      roads_.turn();
    }
    leave();
  }

 private:
  bool full() const override { return display_.full(); }

  std::optional<Seq> delivered(Lane, std::vector<Delivery> deliveries) override {
    std::optional<Seq> shown;
    for (Delivery& delivery : deliveries)
      if (const auto seq = display_.show(std::move(delivery))) shown = seq;
    return shown;
  }

  void time_is_over() {
    leave();
    if (!roads_.ready()) throw cli::Failure(cli::kUnreachable, roads_.unreachable());
    if (options_.count)
      throw cli::Failure(cli::kUnreachable,
                         program_.common({"時間内に届いた件数: ", "reports within the time given: "}) +
                             std::to_string(display_.shown()) + " / " + std::to_string(*options_.count));
  }

  void leave() {
    display_.finish();
    roads_.leave();
  }

  cli::Program& program_;
  const WatchOptions& options_;
  Display display_;
  Roads roads_;
};

void watch(cli::Program& program, const WatchOptions& options) {
  const Matrix matrix = local_matrix(options.matrix);
  check(program.common, options, matrix);
  const wire::Credential credential = cli::enrolled_credential(program.common, options.credential);
  client::watch_stop_signals();
  Watch(program, options, matrix, credential).run();
}

}  // namespace

void add_watch(cli::Program& program) {
  const auto options = std::make_shared<WatchOptions>();
  CLI::App* app = program.command("watch", {"届いた報告を表示する", "Shows what is delivered"},
                                  {"noroshi-subscriber watch --credential bank.toml C B.c --from start",
                                   "noroshi-subscriber watch --credential bank.toml C B.c --from start"},
                                  [&program, options] { watch(program, *options); });
  add_options(*app, program.common, *options);
}

}  // namespace noroshi::subscriber
