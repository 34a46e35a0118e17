// JSON as text: places in it, and its parts as they were written. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace noroshi::publisher {

// The elements of a JSON array. Precondition: it is JSON, and an array.
std::vector<std::string_view> elements_of(std::string_view text);

// "3:17 (byte 52)": line and column in bytes, both from 1, and the byte from 0.
std::string place_in(std::string_view text, std::size_t offset);

// For messages: a text from a file may be a megabyte long. Cut between characters.
std::string shortened(std::string_view text);

}  // namespace noroshi::publisher
