// A check for options that are numbers above zero, with words that a person can use. CLI11's own prints the whole range.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "proto/cli/cli.h"

namespace noroshi::client {

inline CLI::Validator positive(const cli::Common& common) {
  return CLI::Validator(
      [why = common({"0より大きい数を指定してください", "give a number above zero"})](const std::string& text) {
        double value = 0;
        return CLI::detail::lexical_cast(text, value) && value > 0 && value < 1e9 ? std::string{} : text + ": " + why;
      },
      "");
}

}  // namespace noroshi::client
