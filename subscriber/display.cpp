#include "subscriber/display.h"

#include <spdlog/spdlog.h>

#include <iostream>

#include "proto/cli/report_view.h"
#include "subscriber/newsletter.h"

namespace noroshi::subscriber {

std::optional<Seq> Display::show(Delivery delivery) {
  if (full()) return std::nullopt;
  ++shown_;
  const Seq seq = delivery.entry.seq;
  const bool digest = delivery.digest;
  const bool digest_end = delivery.digest_end;
  if (common_.json || !belongs_in_newsletter(delivery))
    print(delivery);
  else
    digest_.push_back(std::move(delivery));
  if (digest_end || full()) print_digest();
  flush();
  if (digest && !digest_.empty()) return std::nullopt;
  return seq;
}

void Display::finish() {
  print_digest();
  flush();
}

void Display::print(const Delivery& delivery) {
  warn(delivery);
  if (common_.json)
    std::cout << cli::delivery_json(delivery.entry, delivery.report, name_of(delivery.signature)) << "\n";
  else
    std::cout << as_text(common_, matrix_,
                         by_itself(common_, matrix_, article_of(common_, delivery, cli::wall_clock())))
              << "\n";
}

void Display::print_digest() {
  if (digest_.empty()) return;
  for (const Delivery& delivery : digest_) warn(delivery);
  std::cout << newsletter(common_, matrix_, digest_, cli::wall_clock()) << "\n";
  digest_.clear();
}

void Display::warn(const Delivery& delivery) {
  if (delivery.signature == client::Check::valid) return;
  program_.worse(cli::kUnverified);
  const std::string why = delivery.signature == client::Check::invalid
                              ? common_({"署名が内容と合いません", "its signature does not fit its content"})
                              : common_({"署名の鍵が発信元の登録になく、署名を確認できません",
                                         "it is signed with a key that its author is not enrolled with"});
  const std::string seq = std::to_string(delivery.entry.seq.value);
  const std::string author = cli::printable(delivery.report.organization());
  spdlog::error(common_.ja() ? "⚠⚠⚠ 信用しないでください: " + seq + "番の情報 (発信元と称する組織: " + author +
                                   "): " + why + "。発信元に別の手段で確認してください"
                             : "⚠⚠⚠ DO NOT TRUST entry " + seq + " (it claims to be from " + author + "): " + why +
                                   ". Confirm it with its author in another way");
}

// At once: a program at the other end of a pipe must not wait for a buffer to fill.
void Display::flush() {
  if (!std::cout.flush()) throw cli::output_lost();
}

}  // namespace noroshi::subscriber
