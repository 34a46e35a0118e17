#include "proto/wire/credential.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "proto/types/words.h"
#include "proto/wire/files.h"

namespace noroshi::wire {
namespace {

namespace fs = std::filesystem;

constexpr off_t kFileBytes = 64 * 1024;  // a credential has about 700 bytes

// The one place errors are worded: file, what is wrong, what to do. Never a value out of the file: it may be a secret.
[[noreturn]] void fail(const fs::path& file, const std::string& what, const std::string& remedy) {
  throw CredentialError(file.string() + ": " + what + say({"。", "; "}) + remedy);
}
constexpr Text kMakeAnew{"元の場所から復元するか、作り直してください",
                         "restore it from where it was made, or make it anew"};

// Text that may hold secrets, wiped in every way out.
struct SecretText {
  std::string text;
  SecretText() = default;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { sodium_memzero(text.data(), text.size()); }
};

enum class Secrecy { secret, open };

void read_file(const fs::path& file, Secrecy secrecy, SecretText& out) {
  const Descriptor in(
      ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // non-blocking: a FIFO must not hang us
  if (in.fd < 0)
    fail(file, say({"読めません: ", "cannot be read: "}) + std::strerror(errno),
         say({"場所と読み取り権限を確認してください", "check the path and who may read it"}));
  struct stat info {};
  if (::fstat(in.fd, &info) != 0 || !S_ISREG(info.st_mode))
    fail(file, say({"通常のファイルではありません", "is not a regular file"}),
         say({"鍵のファイルを指定してください", "give the path of a key file"}));
  // Asked of the descriptor, so that what was checked is what is read.
  if (secrecy == Secrecy::secret && (info.st_mode & 077) != 0)
    fail(file, say({"他の利用者が読み書きできます", "others can read or change it"}),
         say({"chmod 600 してください。すでに見られた恐れがあれば、新しい鍵で登録し直してください",
              "chmod 600 it, and if others were there before, enrol with new keys"}));
  if (info.st_size == 0) fail(file, say({"空です", "is empty"}), say(kMakeAnew));
  if (info.st_size > kFileBytes)
    fail(file, say({"鍵のファイルとしては大きすぎます", "is too large for a key file"}),
         say({"鍵のファイルを指定してください", "give the path of a key file"}));
  out.text.resize(static_cast<std::size_t>(info.st_size));
  if (!read_all(in.fd, out.text)) fail(file, say({"最後まで読めません", "cannot be read to its end"}), say(kMakeAnew));
}

void create_file(const fs::path& file, Secrecy secrecy, std::string_view text) {
  const mode_t mode = secrecy == Secrecy::secret ? 0600 : 0644;
  const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (out.fd < 0 && errno == EEXIST)
    fail(file, say({"既にあります", "exists already"}),
         say({"鍵は上書きしません。別の名前にするか、古いファイルを移してください",
              "keys are never overwritten: choose another name or move the old file away"}));
  if (out.fd < 0)
    fail(file, say({"作成できません: ", "cannot be created: "}) + std::strerror(errno),
         say({"ディレクトリを確認してください", "check the folder"}));
  int error = ::fchmod(out.fd, mode) == 0 ? 0 : errno;  // whatever the umask
  if (error == 0) error = write_all(out.fd, text);
  if (error != 0) {
    ::unlink(file.c_str());  // half a key is worse than none
    fail(file, say({"書き込めません: ", "cannot be written: "}) + std::strerror(error),
         say({"ディスクを確認してください", "check the disk"}));
  }
  if (const int unsynced = sync_folder(file.parent_path()))
    fail(file,
         say({"ディレクトリをディスクに書き終えられません: ", "its folder cannot be synced: "}) +
             std::strerror(unsynced),
         say({"ディスクを確認してください", "check the disk"}));
}

// A TOML table of which every key must be asked for.
class Keys {
 public:
  Keys(const fs::path& file, Secrecy secrecy) : file_(file) {
    SecretText in;
    read_file(file, secrecy, in);
    try {
      table_ = toml::parse(std::string_view(in.text));
    } catch (const toml::parse_error& e) {
      // Only the line: the parser's own words may quote a secret.
      fail(file,
           say({"TOML として読めません。行: ", "is no valid TOML at line "}) + std::to_string(e.source().begin.line),
           say(kMakeAnew));
    }
  }

  bool has(std::string_view key) const { return table_.contains(key); }

  std::string text(std::string_view key, bool may_be_empty = false) {
    const auto value = node(key).as_string();
    if (!value) fail(file_, quoted(key) + say({" は文字列ではありません", " is not a text"}), say(kMakeAnew));
    if (value->get().empty() && !may_be_empty)
      fail(file_, quoted(key) + say({" が空です", " is empty"}), say(kMakeAnew));
    return value->get();
  }

  int port(std::string_view key) {
    const auto value = node(key).as_integer();
    if (!value || value->get() < 1 || value->get() > 65535)
      fail(file_,
           quoted(key) + say({" は 1 から 65535 までのポート番号ではありません", " is not a port from 1 to 65535"}),
           say({"ブローカーのポートを数字で書いてください", "give the broker's port as a number"}));
    return static_cast<int>(value->get());
  }

  Micros time(std::string_view key) {
    const auto value = node(key).as_integer();
    if (!value || value->get() < 0)
      fail(file_,
           quoted(key) +
               say({" は時刻 (1970年からのマイクロ秒) ではありません", " is no time in microseconds since 1970"}),
           say(kMakeAnew));
    return Micros{value->get()};
  }

  std::string octets(std::string_view key, std::size_t bytes) {
    SecretText hex;
    hex.text = text(key);
    auto out = from_hex(hex.text);
    if (!out || out->size() != bytes)
      fail(file_,
           quoted(key) + say({" は鍵ではありません。必要な16進の桁数: ", " is not a key of "}) +
               std::to_string(2 * bytes) + say({"", " hex digits"}),
           say(kMakeAnew));
    return std::move(*out);
  }

  PublicKey public_key(std::string_view key) {
    const std::string raw = octets(key, 32);
    PublicKey out{};
    std::copy(raw.begin(), raw.end(), out.begin());
    return out;
  }

  void nothing_else() {
    for (const auto& [key, value] : table_)
      if (!asked_.contains(std::string(key.str())))
        fail(file_, say({"知らない項目があります: ", "has an unknown key "}) + quoted(key.str()),
             say({"削除してください", "remove it"}));
  }

 private:
  static std::string quoted(std::string_view key) { return "'" + std::string(key) + "'"; }

  const toml::node& node(std::string_view key) {
    asked_.insert(std::string(key));
    const toml::node* found = table_.get(key);
    if (!found) fail(file_, quoted(key) + say({" がありません", " is missing"}), say(kMakeAnew));
    return *found;
  }

  fs::path file_;
  toml::table table_;
  std::set<std::string> asked_;
};

void put(std::string& out, std::string_view key, std::string_view value) {
  out.append(key).append(" = \"");
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out.append("\\u00").append(to_hex(std::string_view(&c, 1)));
    else
      out += c;
  }
  out.append("\"\n");
}

void put_hex(std::string& out, std::string_view key, std::string_view octets) {
  SecretText hex;
  hex.text = to_hex(octets);
  put(out, key, hex.text);
}

std::string_view chars(const PublicKey& key) { return {reinterpret_cast<const char*>(key.data()), key.size()}; }

constexpr std::string_view kNextMadeAt = "broker_transport_next_made_at_us";

void check_pairs(const fs::path& file, const Credential& c) {
  if (public_transport_key(c.transport.secret) != c.transport.public_key)
    fail(file,
         say({"'transport_public' と 'transport_secret' が対応していません",
              "'transport_public' does not belong to 'transport_secret'"}),
         say(kMakeAnew));
  if (public_signing_key(c.signing.secret) != c.signing.public_key)
    fail(file,
         say({"'signing_public' と 'signing_secret' が対応していません",
              "'signing_public' does not belong to 'signing_secret'"}),
         say(kMakeAnew));
}

void write_out(const Credential& c, SecretText& out) {
  out.text.reserve(4096);  // no reallocation: it would leave secrets behind
  out.text = "# A Noroshi credential. It holds secret keys: keep it to yourself, mode 0600.\n";
  put(out.text, "organization", c.organization);
  put(out.text, "source", c.source);
  if (!c.broker.empty()) {
    put(out.text, "broker", c.broker);
    put(out.text, "host", c.host);
    out.text += "urgent_port = " + std::to_string(c.urgent_port) + "\n";
    out.text += "batched_port = " + std::to_string(c.batched_port) + "\n";
    out.text += "archive_port = " + std::to_string(c.archive_port) + "\n";
    put_hex(out.text, "broker_transport", chars(c.broker_transport));
    if (c.broker_transport_next) {
      put_hex(out.text, "broker_transport_next", chars(c.broker_transport_next->key));
      out.text.append(kNextMadeAt).append(" = " + std::to_string(c.broker_transport_next->made_at.value) + "\n");
    }
    put_hex(out.text, "registrar", chars(c.registrar));
    if (c.broker_log) put_hex(out.text, "broker_log", chars(*c.broker_log));
  }
  put_hex(out.text, "transport_public", chars(c.transport.public_key));
  put_hex(out.text, "signing_public", chars(c.signing.public_key));
  // Quoted secrets come last, so that a file cut off anywhere is never a valid one.
  put_hex(out.text, "transport_secret", c.transport.secret.bytes());
  put_hex(out.text, "signing_secret", c.signing.secret.bytes());
}

}  // namespace

Credential load_credential(const fs::path& file) {
  Keys keys(file, Secrecy::secret);
  Credential c;
  c.source = keys.text("source", true);  // empty for one who publishes nothing
  // Before it is enrolled, a member's file has no broker data: all of them or none.
  static constexpr std::string_view kBroker[] = {
      "broker", "host", "urgent_port", "batched_port", "archive_port", "broker_transport", "registrar"};
  const bool enrolled = std::any_of(std::begin(kBroker), std::end(kBroker), [&](auto key) { return keys.has(key); });
  c.organization = keys.text("organization", !enrolled);
  if (enrolled) {
    c.broker = keys.text("broker");
    c.host = keys.text("host");
    c.urgent_port = keys.port("urgent_port");
    c.batched_port = keys.port("batched_port");
    c.archive_port = keys.port("archive_port");
    c.broker_transport = keys.public_key("broker_transport");
    c.registrar = keys.public_key("registrar");
    if (keys.has("broker_log")) c.broker_log = keys.public_key("broker_log");
    if (keys.has("broker_transport_next")) {
      c.broker_transport_next.emplace().key = keys.public_key("broker_transport_next");
      // Whoever writes the key in by hand need not know when it was made.
      if (keys.has(kNextMadeAt)) c.broker_transport_next->made_at = keys.time(kNextMadeAt);
    }
  }
  c.transport.public_key = keys.public_key("transport_public");
  c.signing.public_key = keys.public_key("signing_public");
  c.transport.secret = SecretKey(keys.octets("transport_secret", crypto_box_SECRETKEYBYTES));
  c.signing.secret = SecretKey(keys.octets("signing_secret", crypto_sign_SECRETKEYBYTES));
  keys.nothing_else();
  check_pairs(file, c);
  return c;
}

void save_credential(const fs::path& file, const Credential& c) {
  SecretText out;
  write_out(c, out);
  create_file(file, Secrecy::secret, out.text);
}

void replace_credential(const fs::path& file, const Credential& c) {
  SecretText out;
  write_out(c, out);
  if (const int error = replace_file(file, out.text))
    fail(file, say({"書き換えられません: ", "cannot be rewritten: "}) + std::strerror(error),
         say({"ファイルとそのディレクトリに書き込めるようにしてください", "make it and its folder writable"}));
}

PublicKeys load_public_keys(const fs::path& file) {
  Keys keys(file, Secrecy::open);
  for (const std::string_view secret : {"transport_secret", "signing_secret"})
    if (keys.has(secret))
      fail(file, say({"秘密鍵のファイルです", "this is the secret file"}),
           say({"公開鍵のファイルを指定してください: ", "give the public half: "}) + file.string() + ".pub");
  PublicKeys out{keys.public_key("transport_public"), keys.public_key("signing_public")};
  keys.nothing_else();
  return out;
}

void save_public_keys(const fs::path& file, const PublicKeys& keys) {
  std::string out = "# A member's public keys, for the registrar.\n";
  put_hex(out, "transport_public", chars(keys.transport));
  put_hex(out, "signing_public", chars(keys.signing));
  create_file(file, Secrecy::open, out);
}

SecretKey load_secret(const fs::path& file, std::size_t expected_bytes) {
  SecretText in;
  read_file(file, Secrecy::secret, in);
  std::string_view hex = in.text;
  if (hex.ends_with('\n')) hex.remove_suffix(1);
  auto raw = from_hex(hex);
  if (!raw || raw->size() != expected_bytes)
    fail(file,
         say({"鍵ではありません。必要な16進の桁数: ", "is not a key of "}) + std::to_string(2 * expected_bytes) +
             say({"", " hex digits"}),
         say(kMakeAnew));
  return SecretKey(std::move(*raw));
}

SecretKey load_shared_secret(const fs::path& file) {
  constexpr std::string_view kPrefix = "whsec_";
  constexpr std::size_t kLeast = 24, kMost = 64;
  SecretText in;
  read_file(file, Secrecy::secret, in);
  std::string_view text = in.text;
  if (text.ends_with('\n')) text.remove_suffix(1);
  auto raw = text.starts_with(kPrefix) ? from_base64(text.substr(kPrefix.size())) : std::nullopt;
  if (!raw || raw->size() < kLeast || raw->size() > kMost)
    fail(file,
         say({"whsec_ に続けて 24 から 64 バイトの base64 を書いた鍵ではありません",
              "is no secret of the form whsec_ and base64 of 24 to 64 bytes"}),
         say({"作り方: (printf whsec_; openssl rand -base64 32)",
              "make one: (printf whsec_; openssl rand -base64 32)"}));
  return SecretKey(std::move(*raw));
}

void save_secret(const fs::path& file, const SecretKey& key) {
  SecretText out;
  out.text = to_hex(key.bytes());  // has room for the newline: to_hex dropped a terminator
  out.text += '\n';
  create_file(file, Secrecy::secret, out.text);
}

}  // namespace noroshi::wire
