package org.backpropaganda.synthetic.predictor;

import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;

/**
 * A perceptron with hidden layers, for rows h [B, C] and, position by position, sequences [B, T, C]:
 *
 * <pre>
 * z₁ = W₁ h + E[label]         z_l = W_l a_{l−1}
 * a_l = max(norm(z_l), 0)      M(h, label) = V a_L + b, V and b zero at first
 * </pre>
 *
 * Without batch norm each z has a bias. Parameters: linear.weight [width, C], with labels labels.weight [width, classes], and
 * under {@code rest} those of norm0, linear1, norm1, ..., the last linear being V [C, width] and b [C].
 *
 * <p>Labels are [B], or [B, T] where each position of a sequence has its own; -100, which a loss ignores, has the vector
 * zero. E beside W₁ is what a layer makes of h with the one-hot label behind it.
 *
 * <pre>{@code
 * GradientPredictor predictor = new MultilayerPredictor(factory, 256, Hidden.normalised(2, 1024));
 * DecoupledSequence sequence = new DecoupledSequence(List.of(first, second), List.of(predictor));
 * }</pre>
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients": two hidden layers of 1024 units
 * with batch norm predict without labels for fully connected networks.
 */
public final class MultilayerPredictor extends ChannelPredictor {

    /** From h alone. */
    public MultilayerPredictor(ParameterFactory factory, long channels, Hidden hidden) {
        this(channels, 0, hidden, factory);
    }

    /** From h and labels in [0, classes). */
    public MultilayerPredictor(ParameterFactory factory, long channels, int classes, Hidden hidden) {
        this(channels, Labels.requireClasses("MultilayerPredictor", classes), hidden, factory);
    }

    private MultilayerPredictor(long channels, int classes, Hidden hidden, ParameterFactory factory) {
        super(
                factory,
                Layout.OF_VECTORS,
                channels,
                classes,
                hidden.layers(
                        factory,
                        "linear",
                        channels,
                        (inputs, outputs, withBias, initializer) ->
                                new Linear(factory, inputs, outputs, withBias, initializer)));
    }
}
