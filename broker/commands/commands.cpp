#include "broker/commands/commands.h"

#include "broker/commands/parts.h"

namespace noroshi::broker {

void add_commands(cli::Program& program) {
  add_init(program);
  add_enroll(program);
  add_rotate(program);
  add_rotate_key(program);
  add_revoke(program);
  add_roster(program);
  add_board(program);
  add_posture(program);
  add_status(program);
  add_check_config(program);
  add_check(program);
  add_rebuild(program);
  add_backup(program);
  add_restore(program);
}

}  // namespace noroshi::broker
