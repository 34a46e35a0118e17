// What the transparency log promises, each as a check that says whether the library in this binary keeps it. unit_tlog runs
// them over the production library, unit_tlog_twins over one with the corresponding bug planted, where each must fail.
#pragma once

namespace noroshi::test {

bool a_leaf_is_no_inner_node();
bool a_proof_is_of_its_leaf();
bool only_the_key_signs();
bool a_tile_has_its_hashes();
bool a_cosignature_is_of_the_checkpoint();
bool a_witness_that_is_behind_catches_up();

struct Promise {
  const char* name;
  bool (*kept)();
};

inline constexpr Promise kPromises[] = {
    {"a leaf is no inner node", a_leaf_is_no_inner_node},
    {"a proof is of its leaf", a_proof_is_of_its_leaf},
    {"only the key signs", only_the_key_signs},
    {"a tile has its hashes", a_tile_has_its_hashes},
    {"a cosignature is of the checkpoint", a_cosignature_is_of_the_checkpoint},
    {"a witness that is behind catches up", a_witness_that_is_behind_catches_up},
};

}  // namespace noroshi::test
