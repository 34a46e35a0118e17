// Part of cli.cpp: the calendar, as text. Pure; any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "proto/types/ids.h"

namespace noroshi::cli {

// What RFC 3339 can write: the years 0000 to 9999, in UTC.
inline constexpr Micros kFirstTime{-62'167'219'200 * kMicrosPerSecond};
inline constexpr Micros kLastTime{253'402'300'799 * kMicrosPerSecond + kMicrosPerSecond - 1};

// Microseconds since the midnight before; also right before 1970.
inline std::int64_t since_midnight(Micros time) {
  const std::int64_t day = 86'400 * kMicrosPerSecond;
  return (time.value % day + day) % day;
}

// "2026-06-01T09:30:00", with `between` for the T.
inline std::string civil_text(Micros time, char between) {
  using namespace std::chrono;
  const std::int64_t of_day = since_midnight(time);
  const year_month_day day{floor<days>(sys_time<microseconds>(microseconds(time.value)))};
  const auto second = static_cast<int>(of_day / kMicrosPerSecond);
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02u%c%02d:%02d:%02d", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()), between, second / 3600,
                second / 60 % 60, second % 60);
  return out.data();
}

inline std::string fraction_text(Micros time) {
  std::array<char, 16> out{};
  std::snprintf(out.data(), out.size(), ".%06d", static_cast<int>(since_midnight(time) % kMicrosPerSecond));
  return out.data();
}

// Reads a time from left to right; once something is not as it should be, nothing after it fits either.
class CivilReader {
 public:
  explicit CivilReader(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }
  bool at(std::string_view any) const { return !rest_.empty() && any.find(rest_.front()) != std::string_view::npos; }

  bool take(std::string_view any) {
    if (!at(any)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(std::string_view any) { ok_ = take(any) && ok_; }

  // Exactly so many digits, at most `most`.
  int number(int digits, int most) {
    int value = 0;
    for (int i = 0; i < digits; ++i) value = value * 10 + digit();
    ok_ = ok_ && value <= most;
    return value;
  }

  // Any number of digits after the point, of which microseconds are kept.
  std::int64_t fraction() {
    std::int64_t value = digit() * std::int64_t{100'000};
    for (std::int64_t unit = 10'000; ok_ && at(kDigits); unit /= 10) value += unit * digit();
    return value;
  }

 private:
  static constexpr std::string_view kDigits = "0123456789";

  int digit() {
    ok_ = ok_ && at(kDigits);
    if (!ok_) return 0;
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
  bool ok_ = true;
};

inline std::optional<Micros> read_civil(std::string_view text) {
  using namespace std::chrono;
  CivilReader in(text);
  const year y{in.number(4, 9999)};
  in.need("-");
  const month m{static_cast<unsigned>(in.number(2, 12))};
  in.need("-");
  const day d{static_cast<unsigned>(in.number(2, 31))};
  in.need("Tt ");
  const int hour = in.number(2, 23);
  in.need(":");
  const int minute = in.number(2, 59);
  in.need(":");
  const int second = in.number(2, 59);
  const std::int64_t fraction = in.take(".") ? in.fraction() : 0;
  int east = 0;  // seconds
  if (!in.take("Zz")) {
    const int sign = in.at("-") ? -1 : 1;
    in.need("+-");
    east = sign * 3600 * in.number(2, 23);
    in.need(":");
    east += sign * 60 * in.number(2, 59);
  }
  if (!in.done() || !(y / m / d).ok()) return std::nullopt;
  const std::int64_t midnight = sys_days(y / m / d).time_since_epoch().count() * std::int64_t{86'400};
  const Micros time{(midnight + hour * 3600 + minute * 60 + second - east) * kMicrosPerSecond + fraction};
  // An offset can lead out of the years that the text itself is within.
  if (time < kFirstTime || time > kLastTime) return std::nullopt;
  return time;
}

}  // namespace noroshi::cli
