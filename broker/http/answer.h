// What the HTTP server says to a request.
#pragma once

#include <string>

namespace noroshi::http {

enum class Status {
  ok = 200,
  bad_request = 400,
  not_found = 404,
  method_not_allowed = 405,
  payload_too_large = 413,
  too_many_requests = 429,  // says to come back after a second
  header_fields_too_large = 431,
  internal_server_error = 500,
  service_unavailable = 503,
};

enum class Caching { never, forever };  // by whoever is in between

struct Answer {
  Status status = Status::ok;
  std::string body;
  const char* type = "text/plain; charset=utf-8";
  Caching caching = Caching::never;
};

}  // namespace noroshi::http
