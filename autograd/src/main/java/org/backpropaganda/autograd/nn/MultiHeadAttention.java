package org.backpropaganda.autograd.nn;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Attention;
import org.backpropaganda.autograd.op.Rotary;
import org.backpropaganda.autograd.tensor.ShapeException;

/**
 * Multi-head attention: x [B, T, C] attends to itself, or to a second input [B, S, C]; a last input of INT [B, S] hides the
 * keys where it is 0. The result is [B, T, C]. Its weights [H, T, S] are never stored.
 *
 * <p>Source: Vaswani et al. 2017, "Attention Is All You Need", § 3.2.2.
 */
public final class MultiHeadAttention extends Module implements AxisMixing {
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear output;
    private final AttentionSettings settings;

    /**
     * Attention of {@code heads} heads of width / heads each.
     *
     * @param causal whether a position attends to none behind it
     */
    public MultiHeadAttention(ParameterFactory factory, long width, int heads, boolean causal) {
        this(factory, width, causal ? AttentionSettings.heads(heads).forCausal() : AttentionSettings.heads(heads));
    }

    /**
     * Attention as the settings say.
     *
     * @throws ShapeException if the heads do not divide the width, or rotary positions do not divide a head's into pairs
     */
    public MultiHeadAttention(ParameterFactory factory, long width, AttentionSettings settings) {
        int heads = settings.heads();
        if (width % heads != 0) {
            throw new ShapeException("MultiHeadAttention: " + heads + " heads do not divide the width " + width);
        }
        if (settings.rotaryBase() != 0 && width / heads % 2 != 0) {
            throw new ShapeException("MultiHeadAttention: rotary positions turn pairs, but each of " + heads
                    + " heads has " + width / heads + " of the width " + width);
        }
        this.settings = settings;
        query = register("query", projection(factory, width, Initializer.glorotUniform()));
        key = register("key", projection(factory, width, Initializer.glorotUniform()));
        value = register("value", projection(factory, width, Initializer.glorotUniform()));
        output = register("output", projection(factory, width, settings.output()));
    }

    private static Linear projection(ParameterFactory factory, long width, Initializer initializer) {
        return new Linear(factory, width, width, true, initializer);
    }

    @Override
    public Optional<String> mixes(int axis, boolean batchStatistics) {
        return axis == 1 ? Optional.of("lets tokens attend to each other") : Optional.empty();
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Variable x = inputs.get(0);
        boolean masked = !inputs.get(inputs.size() - 1).dtype().isDifferentiable();
        int sources = inputs.size() - (masked ? 1 : 0);
        if (sources < 1 || sources > 2) {
            throw new ShapeException(
                    "MultiHeadAttention: takes x, perhaps what it attends to, and perhaps a mask, got " + inputs);
        }
        Variable source = inputs.get(sources - 1);
        Variable q = turned(query.call(x));
        Variable k = turned(key.call(source));
        Variable v = value.call(source);
        Variable attended = masked
                ? Attention.attention(q, k, v, inputs.get(sources), settings.heads(), settings.causal())
                : Attention.attention(q, k, v, settings.heads(), settings.causal());
        Liveness.letGo(List.of(q, k, v), inputs, List.of(attended));
        return List.of(output.call(attended));
    }

    private Variable turned(Variable x) {
        if (settings.rotaryBase() == 0) {
            return x;
        }
        Variable turned = Rotary.rotary(x, settings.heads(), settings.rotaryBase());
        Liveness.letGo(List.of(x), List.of(), List.of(turned));
        return turned;
    }
}
