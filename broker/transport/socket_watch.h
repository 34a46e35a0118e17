// A ZeroMQ socket inside Asio: calls `wake` whenever libzmq signals the socket's descriptor. The signal is
// edge-triggered: who is woken must drain the socket, or come back by itself. Owner: the reactor thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <zmq.hpp>

#include <functional>

namespace noroshi::transport {

class SocketWatch {
 public:
  SocketWatch(boost::asio::io_context& io, zmq::socket_t& socket, std::function<void()> wake)
      : descriptor_(io, socket.get(zmq::sockopt::fd)), wake_(std::move(wake)) {
    wait();
  }
  // The descriptor is libzmq's to close.
  ~SocketWatch() { descriptor_.release(); }
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;

 private:
  void wait() {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [this](const boost::system::error_code& error) {
                             if (error) return;
                             wake_();
                             wait();
                           });
  }
  boost::asio::posix::stream_descriptor descriptor_;
  std::function<void()> wake_;
};

}  // namespace noroshi::transport
