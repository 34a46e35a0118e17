#include "broker/runtime/admin_server.h"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <sys/stat.h>

#include <array>
#include <memory>

#include "proto/types/limits.h"

namespace noroshi::runtime {

namespace asio = boost::asio;
using local = asio::local::stream_protocol;

namespace {

// One request, one reply, then closed.
class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(local::socket socket, const AdminServer::Handler& handler)
      : socket_(std::move(socket)), handler_(handler) {}

  void start() {
    asio::async_read(socket_, asio::buffer(length_),
                     [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                       if (!error) self->read_body();
                     });
  }

 private:
  void read_body() {
    std::size_t size = 0;
    for (const unsigned char byte : length_) size = size << 8 | byte;
    if (size > limits::kClientFrameBytes) return;
    body_.resize(size);
    asio::async_read(socket_, asio::buffer(body_),
                     [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                       v1::AdminRequest request;
                       if (error || !request.ParseFromString(self->body_)) return;
                       self->handler_(request, [self](const v1::AdminReply& reply) { self->answer(reply); });
                     });
  }

  void answer(const v1::AdminReply& reply) {
    body_ = reply.SerializeAsString();
    for (std::size_t i = 0; i < length_.size(); ++i)
      length_[i] = static_cast<unsigned char>(body_.size() >> (8 * (length_.size() - 1 - i)));
    const std::array<asio::const_buffer, 2> frames{asio::buffer(length_), asio::buffer(body_)};
    asio::async_write(socket_, frames, [self = shared_from_this()](const boost::system::error_code&, std::size_t) {});
  }

  local::socket socket_;
  const AdminServer::Handler& handler_;
  std::array<unsigned char, 4> length_{};
  std::string body_;
};

local::endpoint fresh(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);  // the directory's lock is ours: whoever made it is gone
  return {path.string()};
}

}  // namespace

AdminServer::AdminServer(asio::io_context& io, const std::filesystem::path& path, Handler handler)
    : path_(path), handler_(std::move(handler)), acceptor_(io, fresh(path)) {
  ::chmod(path.c_str(), 0600);
  accept();
}

AdminServer::~AdminServer() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void AdminServer::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, local::socket socket) {
    if (error) return;
    std::make_shared<Conversation>(std::move(socket), handler_)->start();
    accept();
  });
}

}  // namespace noroshi::runtime
