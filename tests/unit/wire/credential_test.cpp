#include "proto/wire/credential.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <sstream>

#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::wire;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "noroshi-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()));
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
};

Credential sample() {
  Credential c;
  c.organization = "kaisha \"\\\n株式会社";
  c.source = "sector";
  c.broker = "noroshi.example.jp";
  c.host = "127.0.0.1";
  c.urgent_port = 7701;
  c.batched_port = 7702;
  c.archive_port = 7703;
  c.broker_transport = make_transport_key().public_key;
  c.registrar = make_signing_key().public_key;
  c.transport = make_transport_key();
  c.signing = make_signing_key();
  return c;
}

std::string content(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

void put(const fs::path& file, const std::string& text,
         fs::perms mode = fs::perms::owner_read | fs::perms::owner_write) {
  std::ofstream(file, std::ios::trunc) << text;
  fs::permissions(file, mode);
}

std::string error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const CredentialError& e) {
    return e.what();
  }
  return "";
}

unsigned mode_of(const fs::path& file) {
  struct stat info {};
  return ::stat(file.c_str(), &info) == 0 ? static_cast<unsigned>(info.st_mode & 07777) : 0u;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// The line of `key`, newline included.
std::string line_of(const std::string& text, const std::string& key) {
  const auto at = text.find("\n" + key + " = ") + 1;
  REQUIRE(at != 0);
  return text.substr(at, text.find('\n', at) + 1 - at);
}

}  // namespace

TEST_CASE("a credential comes back as it was saved") {
  Folder folder;
  const fs::path file = folder.path / "member.toml";
  const Credential c = sample();
  save_credential(file, c);
  CHECK(mode_of(file) == 0600);
  const Credential back = load_credential(file);
  CHECK(back.organization == c.organization);
  CHECK(back.source == c.source);
  CHECK(back.broker == c.broker);
  CHECK(back.host == c.host);
  CHECK(back.urgent_port == c.urgent_port);
  CHECK(back.batched_port == c.batched_port);
  CHECK(back.archive_port == c.archive_port);
  CHECK(back.broker_transport == c.broker_transport);
  CHECK(back.registrar == c.registrar);
  CHECK(back.transport.public_key == c.transport.public_key);
  CHECK(back.transport.secret.bytes() == c.transport.secret.bytes());
  CHECK(back.signing.public_key == c.signing.public_key);
  CHECK(back.signing.secret.bytes() == c.signing.secret.bytes());
}

TEST_CASE("a credential takes up the broker's next key, in one step") {
  Folder folder;
  const fs::path file = folder.path / "member.toml";
  Credential c = sample();
  save_credential(file, c);
  CHECK_FALSE(load_credential(file).broker_transport_next);
  REQUIRE(::chmod(file.c_str(), 0400) == 0);
  fs::create_symlink(file, folder.path / "link");
  c.broker_transport_next = {make_transport_key().public_key, Micros{1'700'000'000'123'456}};
  if (::geteuid() != 0) {  // what its owner closed stays as it is; root may do all
    CHECK_THAT(error_of([&] { replace_credential(file, c); }), Contains("cannot be rewritten"));
    REQUIRE(::chmod(file.c_str(), 0600) == 0);
  }
  const auto mode = mode_of(file);
  replace_credential(folder.path / "link", c);
  CHECK(fs::is_symlink(folder.path / "link"));
  CHECK(mode_of(file) == mode);
  const Credential back = load_credential(file);
  CHECK(back.broker_transport_next == c.broker_transport_next);
  CHECK(back.broker_transport == c.broker_transport);
  CHECK(back.signing.secret.bytes() == c.signing.secret.bytes());
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 2);

  // By hand, without its time; and what is no key.
  std::string text = content(file);
  text = replaced(text, line_of(text, "broker_transport_next_made_at_us"), "");
  put(file, text);
  CHECK(load_credential(file).broker_transport_next->made_at == Micros{});
  put(file, text + "broker_transport_next_made_at_us = -1\n");
  CHECK_THAT(error_of([&] { load_credential(file); }), Contains("no time"));
  put(file, replaced(text, line_of(text, "broker_transport_next"), "broker_transport_next = '00'\n"));
  CHECK_THAT(error_of([&] { load_credential(file); }), Contains("'broker_transport_next' is not a key"));
  CHECK_THAT(error_of([&] { replace_credential(folder.path / "none", c); }), Contains("cannot be rewritten"));
}

TEST_CASE("before it is enrolled a member has keys and no broker") {
  Folder folder;
  const fs::path file = folder.path / "member.toml";
  Credential c;
  c.transport = make_transport_key();
  c.signing = make_signing_key();
  save_credential(file, c);
  CHECK(load_credential(file).broker.empty());
  CHECK(load_credential(file).signing.secret.bytes() == c.signing.secret.bytes());
}

TEST_CASE("keys are never overwritten, nor written through a link") {
  Folder folder;
  const fs::path file = folder.path / "member.toml";
  const ::mode_t before = ::umask(0);
  save_credential(file, sample());
  ::umask(before);
  CHECK(mode_of(file) == 0600);
  const std::string was = content(file);
  CHECK_THAT(error_of([&] { save_credential(file, sample()); }), Contains("exists already"));
  CHECK(content(file) == was);
  fs::create_symlink(folder.path / "elsewhere", folder.path / "link");
  CHECK_FALSE(error_of([&] { save_credential(folder.path / "link", sample()); }).empty());
  CHECK_FALSE(fs::exists(folder.path / "elsewhere"));
  CHECK_THAT(error_of([&] { save_credential(folder.path / "no" / "file", sample()); }), Contains("cannot be created"));
}

TEST_CASE("a bad credential is refused with the file, the reason and a remedy, and no secret") {
  Folder folder;
  const fs::path file = folder.path / "member.toml";
  const Credential c = sample();
  save_credential(file, c);
  const std::string good = content(file);
  const std::string secret = to_hex(c.signing.secret.bytes());
  const auto without = [&](const std::string& key) { return replaced(good, line_of(good, key), ""); };
  const auto with = [&](const std::string& key, const std::string& value) {
    return replaced(good, line_of(good, key), key + " = " + value + "\n");
  };
  struct Row {
    std::string name, text, expected;
  };
  std::vector<Row> rows{
      {"empty", "", "is empty"},
      {"only space", "\n\n", "is missing"},
      {"no TOML", "what is this?", "no valid TOML at line 1"},
      {"a secret outside of quotes", with("signing_secret", secret), "no valid TOML"},
      {"an unknown key", "colour = 'red'\n" + good, "unknown key 'colour'"},
      {"an unknown table", good + "[more]\nx = 1\n", "unknown key 'more'"},
      {"a key twice", good + line_of(good, "host"), "no valid TOML"},
      {"a number for a text", with("host", "5"), "'host' is not a text"},
      {"a text for a number", with("urgent_port", "'7701'"), "'urgent_port' is not a port"},
      {"port 0", with("urgent_port", "0"), "'urgent_port' is not a port"},
      {"port 65536", with("archive_port", "65536"), "'archive_port' is not a port"},
      {"a negative port", with("batched_port", "-1"), "'batched_port' is not a port"},
      {"a fractional port", with("batched_port", "1.5"), "'batched_port' is not a port"},
      {"an empty host", with("host", "''"), "'host' is empty"},
      {"an empty organization", with("organization", "''"), "'organization' is empty"},
      {"no hex", with("registrar", "'" + std::string(64, 'z') + "'"), "'registrar' is not a key"},
      {"a key too short", with("signing_secret", "'" + secret.substr(2) + "'"), "'signing_secret' is not a key of 128"},
      {"a key too long", with("signing_secret", "'" + secret + "00'"), "'signing_secret' is not a key of 128"},
      {"an odd digit", with("transport_secret", "'" + std::string(63, 'a') + "'"),
       "'transport_secret' is not a key of 64"},
      {"another's public key", with("signing_public", "'" + to_hex(sample().signing.public_key) + "'"),
       "does not belong"},
      {"another's transport key", with("transport_public", "'" + to_hex(sample().transport.public_key) + "'"),
       "does not belong"},
      {"too large", good + "#" + std::string(70'000, 'x'), "too large"},
  };
  for (const char* key :
       {"organization", "source", "broker", "host", "urgent_port", "batched_port", "archive_port", "broker_transport",
        "registrar", "transport_public", "signing_public", "transport_secret", "signing_secret"})
    rows.push_back({std::string("without ") + key, without(key), "'" + std::string(key) + "' is missing"});
  for (const Row& row : rows) {
    INFO(row.name);
    put(file, row.text);
    const std::string error = error_of([&] { load_credential(file); });
    CHECK_THAT(error, Contains(row.expected));
    CHECK_THAT(error, Contains(file.string()));
    CHECK_THAT(error, Contains("; "));  // a remedy
    CHECK(error.find(secret.substr(0, 8)) == std::string::npos);
    CHECK(error.find(to_hex(c.transport.secret.bytes()).substr(0, 8)) == std::string::npos);
  }
  for (std::size_t n = 0; n + 1 < good.size(); ++n) {  // without the last newline nothing is missing
    put(file, good.substr(0, n));
    if (error_of([&] { load_credential(file); }).empty()) FAIL("cut to " << n << " octets it was taken");
  }
  put(file, good);
  CHECK_NOTHROW(load_credential(file));
}

TEST_CASE("a file that others can read or change is refused") {
  Folder folder;
  const fs::path file = folder.path / "member.toml";
  save_credential(file, sample());
  for (const ::mode_t mode : {0640u, 0604u, 0620u, 0602u, 0610u, 0644u, 0666u, 0777u}) {
    INFO(mode);
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    CHECK_THAT(error_of([&] { load_credential(file); }), Contains("others can read"));
    CHECK_THAT(error_of([&] { load_secret(file, 32); }), Contains("others can read"));
  }
  for (const ::mode_t mode : {0600u, 0400u, 0700u}) {
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    CHECK_NOTHROW(load_credential(file));
  }
}

TEST_CASE("what is no file is refused at once") {
  Folder folder;
  CHECK_THAT(error_of([&] { load_credential(folder.path / "none"); }), Contains("cannot be read"));
  CHECK_THAT(error_of([&] { load_credential(folder.path); }), Contains("not a regular file"));
  const fs::path pipe = folder.path / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THAT(error_of([&] { load_credential(pipe); }), Contains("not a regular file"));
}

TEST_CASE("public keys and single secrets") {
  Folder folder;
  const PublicKeys keys{make_transport_key().public_key, make_signing_key().public_key};
  const fs::path open = folder.path / "keys.toml";
  save_public_keys(open, keys);
  CHECK(mode_of(open) == 0644);
  CHECK(load_public_keys(open).transport == keys.transport);
  CHECK(load_public_keys(open).signing == keys.signing);
  put(open, content(open) + "signing_secret = 'x'\n");
  CHECK_THAT(error_of([&] { load_public_keys(open); }), Contains("this is the secret file") && Contains(".pub"));

  const fs::path one = folder.path / "log.key";
  const SecretKey key = make_signing_key().secret;
  save_secret(one, key);
  CHECK(mode_of(one) == 0600);
  CHECK(load_secret(one, 64).bytes() == key.bytes());
  CHECK_THAT(error_of([&] { save_secret(one, key); }), Contains("exists already"));
  CHECK_THAT(error_of([&] { load_secret(one, 32); }), Contains("64 hex digits"));
  for (const std::string& bad : {content(one).substr(2), content(one) + "\n", "x" + content(one), std::string("\n")}) {
    put(one, bad);
    const std::string error = error_of([&] { load_secret(one, 64); });
    CHECK_THAT(error, Contains("is not a key of 128 hex digits"));
    CHECK(error.find(to_hex(key.bytes()).substr(2, 8)) == std::string::npos);
  }
}

TEST_CASE("a secret that is shared with a service of others") {
  Folder folder;
  const fs::path file = folder.path / "webhook.secret";
  const std::string raw(32, 'k');
  put(file, "whsec_" + to_base64(raw) + "\n");
  CHECK(load_shared_secret(file).bytes() == raw);
  for (const std::string& bad :
       {to_base64(raw), "whsec_" + to_base64(std::string(23, 'k')), "whsec_" + to_base64(std::string(65, 'k')),
        std::string("whsec_!"), std::string("\n")}) {
    put(file, bad);
    const std::string error = error_of([&] { load_shared_secret(file); });
    CHECK_THAT(error, Contains(file.string()) && Contains("openssl rand"));
    CHECK(error.find("a2tra2") == std::string::npos);
  }
  REQUIRE(::chmod(file.c_str(), 0640) == 0);
  CHECK_THAT(error_of([&] { load_shared_secret(file); }), Contains("others can read"));
}
