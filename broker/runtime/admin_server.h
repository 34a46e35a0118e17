// The admin socket in the data directory (mode 0600): length-prefixed AdminRequest in, AdminReply out. Owner: the reactor
// thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <filesystem>
#include <functional>

#include "noroshi/v1/admin.pb.h"

namespace noroshi::runtime {

class AdminServer {
 public:
  using Reply = std::function<void(const v1::AdminReply&)>;
  using Handler = std::function<void(const v1::AdminRequest&, Reply)>;

  // Removes a socket file that nobody listens on any more. Throws boost::system::system_error.
  AdminServer(boost::asio::io_context& io, const std::filesystem::path& path, Handler handler);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

 private:
  void accept();

  std::filesystem::path path_;
  Handler handler_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
};

}  // namespace noroshi::runtime
