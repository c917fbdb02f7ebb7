package org.backpropaganda.autograd.nn;

import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Input.labels;

import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;

class AttentionLayersTest extends ModuleContract {
    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                ModuleCase.of("self-attention", factory -> new MultiHeadAttention(factory, 6, 2, false), in(2, 3, 6)),
                ModuleCase.of(
                        "causal self-attention", factory -> new MultiHeadAttention(factory, 6, 3, true), in(2, 4, 6)),
                ModuleCase.of(
                        "cross-attention",
                        factory -> new MultiHeadAttention(factory, 4, 2, false),
                        in(2, 3, 4),
                        in(2, 5, 4)),
                ModuleCase.of(
                        "rotary self-attention",
                        factory -> new MultiHeadAttention(
                                factory,
                                8,
                                AttentionSettings.heads(2).forCausal().withRotaryPositions(100)),
                        in(2, 3, 8)),
                ModuleCase.of(
                        "masked self-attention",
                        factory -> new MultiHeadAttention(factory, 4, 2, false),
                        in(2, 3, 4),
                        labels(2, 2, 3)),
                ModuleCase.of("layer norm", factory -> new LayerNorm(factory, 5), in(3, 5)),
                ModuleCase.of("RMS norm", factory -> new RmsNorm(factory, 5), in(3, 5)),
                ModuleCase.of("group norm", factory -> new GroupNorm(factory, 2, 4), in(2, 3, 4)),
                ModuleCase.of("instance norm", factory -> GroupNorm.instanceNorm(factory, 3), in(2, 4, 3)),
                ModuleCase.of("embedding", factory -> new Embedding(factory, 4, 3), labels(4, 2, 3)));
    }
}
