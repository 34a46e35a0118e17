#include "auditor/prove.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <iostream>
#include <memory>

#include "auditor/key_options.h"
#include "auditor/log_walk.h"
#include "auditor/new_file.h"
#include "proto/client/positive.h"
#include "proto/client/proof.h"
#include "proto/client/stop_signal.h"
#include "proto/tlog/entry_leaf.h"

namespace noroshi::auditor {

namespace {

struct ProveOptions {
  KeyOptions keys;
  std::uint64_t seq = 0;
  std::filesystem::path out;
};

// Its leaf is all that is needed, so a hidden one will do.
Entry entry_at(const cli::Common& common, const ProveOptions& options, const wire::Credential& credential) {
  ReplayOrder order = everything(v1::Replay::PROVE);
  order.from = order.to = Seq{options.seq};
  std::optional<Entry> found;
  LogWalk walk(common, {options.keys.credential, options.keys.timeout}, credential, std::move(order), false);
  walk.run([&](const ReplayEntry& entry) { found = entry.entry; });
  if (found && found->seq == Seq{options.seq}) return *found;
  throw cli::Failure(cli::kFailed, "#" + std::to_string(options.seq) +
                                       common({": この番号の記録はありません", ": there is no such entry"}));
}

void prove(cli::Program& program, const ProveOptions& options) {
  const cli::Common& c = program.common;
  const wire::Credential credential = cli::enrolled_credential(c, options.keys.credential);
  const Keys keys = keys_for(c, options.keys, credential);
  client::watch_stop_signals();
  const Entry entry = entry_at(c, options, credential);
  client::Proved proved;
  {
    client::Enquiry broker(c, options.keys.credential, credential, "noroshi-auditor/" + std::string(cli::kVersion),
                           options.keys.timeout);
    proved = client::prove(broker, entry, keys.log);
  }
  if (options.out.empty()) {
    std::cout << proved.file << std::flush;
    if (!std::cout) throw cli::output_lost();
    return;
  }
  write_file(options.out, proved.file);
  if (c.json)
    std::cout << boost::json::serialize(boost::json::object{{"seq", entry.seq.value},
                                                            {"leafIndex", previous(entry.seq).value},
                                                            {"leafData", wire::to_hex(tlog::leaf_data(entry))},
                                                            {"leafHash", wire::to_hex(tlog::leaf_hash(entry))},
                                                            {"size", proved.checkpoint.size},
                                                            {"root", wire::to_hex(proved.checkpoint.root)},
                                                            {"file", options.out.string()}})
              << std::endl;
  else
    std::cout << options.out.string() << ": #" << entry.seq.value << c({" はログにあります (記録 ", " is in the log ("})
              << proved.checkpoint.size << c({"件の時点)。葉: ", " entries). Leaf: "})
              << wire::to_hex(tlog::leaf_data(entry)) << std::endl;
}

}  // namespace

void add_prove(cli::Program& program) {
  const auto o = std::make_shared<ProveOptions>();
  const cli::Common& c = program.common;
  constexpr std::string_view kExample = "noroshi-auditor prove 42 --credential auditor.toml --out 42.tlog-proof";
  CLI::App* app = program.command("prove",
                                  {"記録がログにあることの証明を取り、確かめて保存する",
                                   "Gets a proof that an entry is in the log, checks it and keeps it"},
                                  {kExample, kExample}, [&program, o] { prove(program, *o); });
  app->add_option("SEQ", o->seq, c({"記録の番号", "The entry's sequence"}))
      ->required()
      ->check(client::positive(c))
      ->option_text(" ");
  add_access_options(*app, c, o->keys)->required();
  app->add_option("--out", o->out,
                  c({"証明を書くファイル (.tlog-proof)。既定は標準出力",
                     "File for the proof (.tlog-proof); standard output by default"}))
      ->option_text("FILE");
}

}  // namespace noroshi::auditor
