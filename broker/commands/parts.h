// The commands, each in the file that says what it does. Part of commands.cpp.
#pragma once

#include "proto/cli/cli.h"

namespace noroshi::broker {

void add_init(cli::Program& program);          // setup.cpp
void add_check_config(cli::Program& program);  // setup.cpp
void add_enroll(cli::Program& program);        // enroll.cpp
void add_rotate(cli::Program& program);        // rotate.cpp
void add_rotate_key(cli::Program& program);    // rotate_key.cpp
void add_revoke(cli::Program& program);        // roster.cpp
void add_roster(cli::Program& program);        // roster.cpp
void add_board(cli::Program& program);         // board.cpp
void add_posture(cli::Program& program);       // status.cpp
void add_status(cli::Program& program);        // status.cpp
void add_backup(cli::Program& program);        // backup.cpp
void add_restore(cli::Program& program);       // backup.cpp
void add_check(cli::Program& program);         // check.cpp
void add_rebuild(cli::Program& program);       // check.cpp

}  // namespace noroshi::broker
