// The commands of noroshi-publisher, one file each; main.cpp puts them together.
#pragma once

#include <string>

#include "proto/cli/cli.h"
#include "schemas/matrix.h"

namespace noroshi::publisher {

void add_items(cli::Program& program);
void add_template(cli::Program& program);
void add_validate(cli::Program& program);
void add_keygen(cli::Program& program);
void add_send(cli::Program& program);
void add_run(cli::Program& program);

// --matrix FILE, for the commands that look at the matrix.
void add_matrix_option(CLI::App& command, const cli::Common& common, std::string& file);
// --from json|kev.
void add_from_option(CLI::App& command, const cli::Common& common, std::string& format);
// Throws cli::Failure, naming the file.
Matrix matrix_at(const cli::Common& common, const std::string& file);

}  // namespace noroshi::publisher
