#include "broker/runtime/board.h"

#include "broker/transport/codec.h"

namespace noroshi::runtime {

v1::Board answer_board(const core::Broker& broker, const v1::AdminBoard& asked, Micros now) {
  return transport::encode_board(asked.report_id().empty() ? broker.board_after(Seq{asked.after()}, now)
                                                           : broker.board(ReportId{asked.report_id()}, now));
}

}  // namespace noroshi::runtime
