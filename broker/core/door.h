// Which of the broker's sockets a peer came through.
#pragma once

#include "proto/types/names.h"

namespace noroshi::core {

enum class Door { urgent = 1, batched = 2, archive = 3 };  // the socket a peer came through
inline constexpr NameTable<Door, 3> kDoors{
    {{Door::urgent, "urgent"}, {Door::batched, "batched"}, {Door::archive, "archive"}}};
constexpr std::string_view name_of(Door v) { return name_in(kDoors, v); }

}  // namespace noroshi::core
