// Who takes part in a simulation: a fixed cast of members, and the reports they write.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "noroshi/v1/report.pb.h"
#include "proto/wire/signing.h"
#include "schemas/matrix.h"
#include "tests/simulation/chance.h"

namespace noroshi::simulation {

struct Actor {
  Member member;
  wire::TransportKey transport;
  wire::SigningKey signing;
};

struct Cast {
  wire::SigningKey registrar;
  wire::SigningKey log;
  std::map<std::string, Actor> actors;  // by organisation
  std::map<std::string, Member> members() const;
};

// Three publishers (a vendor, a ministry, NISC), four readers of different tiers and sectors, two auditors of different
// clearance. Draws keys from libsodium.
Cast make_cast(Micros now);

// A random report of `author`: any item, label, audience and status.
v1::Report random_report(const Actor& author, const Matrix& matrix, Chance& chance, Micros now);
// One that updates, corrects, calls back or annotates an `earlier` one of its author, for the same readers.
v1::Report random_sequel(const v1::Report& earlier, const Actor& author, const Matrix& matrix, Chance& chance,
                         Micros now);
// That a response room was opened, or closed.
v1::Report room_notice(const Actor& author, const Matrix& matrix, Chance& chance, Micros now);

}  // namespace noroshi::simulation
