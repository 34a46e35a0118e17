// Looks at JSON before it is parsed, for what a parser would let pass or could not explain: invalid UTF-8, doubled keys
// (parsers keep the last in silence), too deep nesting, keys and kinds of values that the report does not have. Pure.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "proto/types/reason.h"

namespace noroshi::publisher {

// The first fault of one JSON document: always `malformed`, with the path of the field if it has one. With a `type` its
// keys and values are held against it; without, only the rules of JSON itself. `offset` becomes where a fault of
// the text itself lies, in bytes; nullopt for a fault of content.
std::optional<Rejection> check_json(std::string_view text, const google::protobuf::Descriptor* type,
                                    std::optional<std::size_t>& offset);

struct JsonFault {
  std::size_t offset;
  std::string what;
};

// Why it is not one JSON document, whatever it says: invalid UTF-8 and doubled keys are none of the faults.
std::optional<JsonFault> fault_of_json(std::string_view text);

}  // namespace noroshi::publisher
