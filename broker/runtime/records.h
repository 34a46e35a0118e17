// From what the core wants appended to the entry the log stores: body serialised once, salted, hashed. Pure.
#pragma once

#include <memory>

#include "broker/core/outcome.h"

namespace noroshi::runtime {

std::shared_ptr<Record> make_record(core::Append&& append, const Salt& salt);

}  // namespace noroshi::runtime
