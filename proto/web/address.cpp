#include "proto/web/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace noroshi::web {

namespace {

constexpr int kMostPort = 65535;

bool parse_port(std::string_view text, int& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= kMostPort;
}

bool is_number(int family, const std::string& host) {
  in6_addr out{};
  return ::inet_pton(family, host.c_str(), &out) == 1;
}

}  // namespace

bool Address::loopback() const {
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_number(AF_INET, host));
}

std::string Address::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == 0 ? name : name + ":" + std::to_string(port);
}

std::optional<Address> parse_address(std::string_view text) {
  const auto odd = [](char c) { return c <= ' ' || c >= '\x7f' || c == '#' || c == '\\'; };
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0 || std::any_of(text.begin(), text.end(), odd)) return std::nullopt;
  Address out;
  out.scheme = text.substr(0, colon);
  text.remove_prefix(colon + 3);
  const std::size_t path = std::min(text.find_first_of("/?"), text.size());
  out.target = text.substr(path);
  std::string_view where = text.substr(0, path);
  if (where.find('@') != std::string_view::npos) return std::nullopt;
  std::string_view port;
  if (where.starts_with('[')) {
    const std::size_t end = where.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    out.host = where.substr(1, end - 1);
    if (!is_number(AF_INET6, out.host)) return std::nullopt;
    port = where.substr(end + 1);
  } else {
    const std::size_t end = std::min(where.find(':'), where.size());
    out.host = where.substr(0, end);
    port = where.substr(end);
  }
  if (!port.empty() && (port.front() != ':' || !parse_port(port.substr(1), out.port))) return std::nullopt;
  if (out.host.empty() && out.port != 0) return std::nullopt;
  return out;
}

}  // namespace noroshi::web
