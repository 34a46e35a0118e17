#include "proto/tlog/verifier_key.h"

#include <algorithm>
#include <array>

#include "proto/tlog/text_form.h"
#include "proto/wire/utf8.h"

namespace noroshi::tlog {
namespace {

std::string typed(const VerifierKey& key) {
  return std::string(1, static_cast<char>(key.type)).append(key.key.begin(), key.key.end());
}

// Unicode's White_Space beyond the ASCII ones.
constexpr std::array<std::string_view, 19> kSpaces{"\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
                                                   "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A",
                                                   "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};

}  // namespace

bool is_key_name(std::string_view name) {
  const auto plain = [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != '+'; };
  const auto within = [name](std::string_view space) { return name.find(space) != std::string_view::npos; };
  return !name.empty() && wire::is_utf8(name) && std::all_of(name.begin(), name.end(), plain) &&
         std::none_of(kSpaces.begin(), kSpaces.end(), within);
}

std::uint32_t key_id(const VerifierKey& key) {
  const Hash hash = wire::sha256(key.name + "\n", typed(key));
  return from_big_endian<std::uint32_t>(octets(hash).substr(0, 4));
}

std::string to_text(const VerifierKey& key) {
  return key.name + "+" + wire::to_hex(big_endian(key_id(key))) + "+" + wire::to_base64(typed(key));
}

Result<VerifierKey> parse_verifier_key(std::string_view text) {
  const std::size_t id = text.find('+');
  const std::size_t base64 = id == std::string_view::npos ? id : text.find('+', id + 1);
  if (base64 == std::string_view::npos) return Fault::bad_verifier_key;
  const auto raw = wire::from_base64(text.substr(base64 + 1));
  if (!raw || raw->empty()) return Fault::bad_verifier_key;
  VerifierKey out;
  out.name = text.substr(0, id);
  if (!is_key_name(out.name)) return Fault::bad_key_name;
  out.type = static_cast<KeyType>(raw->front());
  if (out.type != KeyType::ed25519 && out.type != KeyType::cosignature_v1) return Fault::unknown_key_type;
  if (raw->size() != 1 + out.key.size()) return Fault::bad_verifier_key;
  std::copy(raw->begin() + 1, raw->end(), out.key.begin());
  if (to_text(out) != text) return Fault::key_id_mismatch;
  return out;
}

}  // namespace noroshi::tlog
