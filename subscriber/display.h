// What `watch` prints: reports and newsletters on stdout for people, one object a line for programs. Main thread.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "proto/cli/cli.h"
#include "schemas/matrix.h"
#include "subscriber/subscription.h"

namespace noroshi::subscriber {

class Display {
 public:
  // `limit`: show so many and no more.
  Display(cli::Program& program, const Matrix& matrix, std::optional<std::size_t> limit)
      : program_(program), common_(program.common), matrix_(matrix), limit_(limit) {}

  // Shows a delivery, or keeps it until its digest is complete. Returns the last sequence that is on its way to the
  // reader and may be acknowledged.
  std::optional<Seq> show(Delivery delivery);
  void finish();  // what is kept of a digest is shown as it is

  bool full() const { return limit_ && shown_ == *limit_; }
  std::size_t shown() const { return shown_; }

 private:
  void print(const Delivery& delivery);
  void print_digest();
  void warn(const Delivery& delivery);
  void flush();

  cli::Program& program_;
  const cli::Common& common_;
  const Matrix& matrix_;
  std::optional<std::size_t> limit_;
  std::size_t shown_ = 0;
  std::vector<Delivery> digest_;
};

}  // namespace noroshi::subscriber
