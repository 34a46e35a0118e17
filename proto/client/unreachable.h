// Why there is no session with the broker, as far as this end can tell, and what to do about it.
#pragma once

#include <string>

#include "proto/channel/client_channel.h"
#include "proto/cli/cli.h"

namespace noroshi::client {

// `contact`: the best that any channel to the broker had. Asks the name service if there was none.
std::string why_unreachable(const cli::Common& common, const wire::Credential& credential, channel::Contact contact);

}  // namespace noroshi::client
