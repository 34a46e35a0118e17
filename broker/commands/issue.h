// Giving a member its keys: what `enroll` and `rotate` have in common.
#pragma once

#include <filesystem>
#include <string>

#include "broker/commands/access.h"
#include "proto/types/member.h"

namespace noroshi::broker {

struct IssueOptions {
  fs::path data, registrar, credential, keys;
  std::string organization, host;
};

// ORG, --data, --keys, --registrar, --host, --credential.
void add_issue_options(cli::Program& program, CLI::App& command, IssueOptions& options);

// Writes what the member gets, and takes its public keys into its record. Throws Failure; never overwrites.
void make_credential(const Access& access, const IssueOptions& options, Member& member);

// The request that enters this record, signed by the registrar; newer than the one that it was made from.
v1::AdminRequest signed_record(const wire::SigningKey& registrar, Member member);

// Has the registrar sign the member and the broker record it; takes the credential back if it did not. Returns the entry.
std::uint64_t enter(const Access& access, const IssueOptions& options, const wire::SigningKey& registrar,
                    const Member& member);

// The keys of `former` go on in `member` as retired ones, good until then; those retired before, no longer than that.
void retire_keys(const Member& former, Micros until, Member& member);

// Where the new credential is and what it is.
void tell_credential(const cli::Common& common, const IssueOptions& options);

}  // namespace noroshi::broker
