// An Access as the log stores it, and back. Pure; any thread.
#pragma once

#include "noroshi/v1/member.pb.h"
#include "proto/types/access.h"

namespace noroshi::wire {

v1::Access to_wire(const Access& access);
// Throws std::runtime_error on a purpose, status or kind that this program does not know.
Access to_plain(const v1::Access& access);

}  // namespace noroshi::wire
