// A log that does not go together with what is known of it, by a checkpoint that its key has signed: what is wrong, in words and
// as JSON, which is also the evidence that is kept. Pure.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>

#include "proto/types/ids.h"
#include "proto/types/names.h"
#include "proto/types/words.h"

namespace noroshi::subscriber {

enum class Breach { split = 1, rewound, rewritten, dropped };
inline constexpr NameTable<Breach, 4> kBreaches{{{Breach::split, "split"},
                                                 {Breach::rewound, "rewound"},
                                                 {Breach::rewritten, "rewritten"},
                                                 {Breach::dropped, "dropped"}}};
constexpr std::string_view name_of(Breach v) { return name_in(kBreaches, v); }

// An entry as it was delivered, and as the log's tree must have it.
struct TreeEntry {
  Seq seq{};
  Hash leaf{};  // RFC 6962's hash of its leaf data
  friend bool operator==(const TreeEntry&, const TreeEntry&) = default;
};

struct Fork {
  Breach breach{};
  std::string known;                 // the signed note that was known before
  std::string shown;                 // the one that does not continue it, or lacks the entry
  Micros at{};                       // when that was found
  std::string evidence{};            // the file that has both
  std::optional<TreeEntry> entry{};  // dropped: which
  friend bool operator==(const Fork&, const Fork&) = default;
};

Text words(Breach breach);
// What to do about it.
inline constexpr Text kForkAdvice{
    "受信は続いています。証拠のファイルを保管し、電話など別の経路でブローカーの運用者に確かめ、ほかの会員と "
    "noroshi-subscriber checkpoint --compare で比べてください。事情が分かったら noroshi-subscriber checkpoint --accept",
    "reports are still received. Keep the evidence, ask the broker's operator by another way (telephone), compare with "
    "other "
    "members (noroshi-subscriber checkpoint --compare), and when you know why: noroshi-subscriber checkpoint --accept"};

// breach, at, known, shown, and the entry if it is about one.
boost::json::object fork_json(const Fork& fork);

}  // namespace noroshi::subscriber
