package org.backpropaganda.synthetic.predictor;

import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;

/**
 * {@code M(h, label) = W h + b + E[label]} for rows h [B, C] and, position by position, sequences [B, T, C], zero at first.
 * Parameters: linear.weight [C, C], linear.bias [C] and, with labels, labels.weight [C, classes].
 *
 * <p>Labels are [B], or [B, T] where each position of a sequence has its own; -100, which a loss ignores, has the vector
 * zero.
 *
 * <p>Exact where everything behind the boundary is linear and the loss is the squared error.
 *
 * <pre>{@code
 * GradientPredictor predictor = new LinearPredictor(factory, 256, 10);
 * DecoupledSequence sequence = new DecoupledSequence(List.of(first, second), List.of(predictor));
 * }</pre>
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients": the linear,
 * label-conditioned model (cDNI).
 */
public final class LinearPredictor extends ChannelPredictor {

    /** From h alone. */
    public LinearPredictor(ParameterFactory factory, long channels) {
        this(channels, 0, factory);
    }

    /** From h and labels in [0, classes). */
    public LinearPredictor(ParameterFactory factory, long channels, int classes) {
        this(channels, Labels.requireClasses("LinearPredictor", classes), factory);
    }

    private LinearPredictor(long channels, int classes, ParameterFactory factory) {
        super(
                factory,
                Layout.OF_VECTORS,
                channels,
                classes,
                "linear",
                new Linear(factory, channels, channels, true, Initializer.zeros()));
    }
}
