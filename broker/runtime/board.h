// The confirmation board for the administrator, with a broker or without. Pure.
#pragma once

#include "broker/core/broker.h"
#include "noroshi/v1/admin.pb.h"

namespace noroshi::runtime {

v1::Board answer_board(const core::Broker& broker, const v1::AdminBoard& asked, Micros now);

}  // namespace noroshi::runtime
