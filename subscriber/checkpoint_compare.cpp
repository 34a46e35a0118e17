#include "subscriber/checkpoint_compare.h"

#include <array>

#include "proto/cli/cli.h"

namespace noroshi::subscriber {

namespace {

constexpr int kAttempts = 50;  // two questions hit the same state of a log under some load within a few

}  // namespace

Comparison compare(const SignedHead& mine, const SignedHead& theirs, const tlog::VerifierKey& log, Micros now,
                   const std::function<v1::ProofAnswer(std::uint64_t size)>& ask) {
  const auto forked = [now](Breach breach, const SignedHead& known, const SignedHead& shown) {
    return Comparison{Fork{breach, known.note, shown.note, now}, std::nullopt};
  };
  if (contradict(mine.head, theirs.head)) return forked(Breach::split, mine, theirs);
  if (mine.head == theirs.head) return {};
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::array<SignedHead, 2> tips;
    for (std::size_t i = 0; i < tips.size(); ++i) {
      const SignedHead& each = i == 0 ? mine : theirs;
      const auto judged = judge(each.head, ask(each.head.size), log);
      if (!judged)
        throw cli::Failure(
            cli::kUnverified,
            say({"ブローカーの答えに、このログの鍵による正しい署名がありません。運用者に確かめてください",
                 "the broker's answer is not signed with this log's key: ask its operator"}));
      if (judged->breach) return forked(*judged->breach, each, judged->tip);
      tips[i] = judged->tip;
    }
    if (contradict(tips[0].head, tips[1].head)) return forked(Breach::split, tips[0], tips[1]);
    if (tips[0].head == tips[1].head) return {std::nullopt, tips[0]};
  }
  throw cli::Failure(cli::kFailed, say({"ログの伸びが速く、比べられません。しばらくしてもう一度試してください",
                                        "the log grows too fast to compare: try again later"}));
}

}  // namespace noroshi::subscriber
