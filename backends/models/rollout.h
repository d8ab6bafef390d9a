// Attention rollout: which patches a token has seen after all layers.
#pragma once

#include <span>

namespace vitrine::models {

/// Abnar and Zuidema 2020 ("Quantifying Attention Flow in Transformers"): per layer 0.5 x (mean over heads) + 0.5 x I for the residual path,
/// multiplied through the layers, rows brought back to a sum of 1. maps: layers x heads x tokens x tokens, out: tokens x tokens.
/// Row t of the result: how much of every input token is in output token t, if values merely mix.
void rollout(std::span<const float> maps, int layers, int heads, int tokens, std::span<float> out);

}  // namespace vitrine::models
