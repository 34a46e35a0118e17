#include "broker/runtime/serve.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "broker/http/server.h"
#include "broker/runtime/foundation.h"
#include "broker/runtime/mirror.h"
#include "broker/runtime/next_key.h"
#include "broker/runtime/reactor.h"
#include "broker/runtime/scrub.h"
#include "broker/runtime/tree_files.h"
#include "broker/runtime/witnesses.h"
#include "broker/store/sqlite_log.h"

namespace noroshi::runtime {

void serve(const DataDirectory& data, const std::function<void(const Config&)>& on_ready) {
  ::umask(0077);
  Foundation foundation = load_foundation(data);
  store::SqliteLog log(data.log(), store::IfMissing::refuse);  // holds the lock of the directory
  join_mirror(log, data, foundation);
  if (carry_out_key_change(data, foundation.config)) {
    foundation.keys = load_keys(data);
    spdlog::warn("the transport key was changed: {} from now on", wire::key_id(foundation.keys.transport.public_key));
  }
  core::Broker broker(foundation.settings);
  restore(broker, data, foundation);
  remember(log, data, foundation);
  spdlog::info("recovered: head {}, {} members, posture {}", broker.head().value, broker.roster().all().size(),
               name_of(broker.posture()));

  boost::asio::io_context io;
  http::SnapshotBox snapshots;
  Cosignatures cosignatures(foundation.config.witnesses);
  const Scrub scrub(data.log(), mirror_of(data, foundation.config), signer_of(foundation).verifier());
  const auto& [config, keys, registrar, settings] = foundation;
  Reactor reactor(
      {io, data, config, keys, registrar, broker, log, settings.matrix.version, snapshots, cosignatures, scrub});
  const auto published = store::open_sqlite_reader(data.log());
  TreeFiles tree(snapshots, cosignatures, *published);
  const http::Server http(config.http_host, config.http_port(), snapshots,
                          [&tree](std::string_view path) { return tree.get(path); });
  const Witnesses witnesses(config.witnesses, data.log(), snapshots, cosignatures);
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) reactor.stop();
  });
  boost::asio::post(io, [&on_ready, &config = foundation.config] { on_ready(config); });
  io.run();
  if (!reactor.failure().empty()) throw store::StorageError(reactor.failure());
}

}  // namespace noroshi::runtime
