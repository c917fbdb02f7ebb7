package org.backpropaganda.synthetic.predictor;

import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;

/**
 * {@code M(h, label) = W h + b + E[label]} for h [B, C], zero at first. Parameters: linear.weight [C, C], linear.bias
 * [C] and, with labels, labels.weight [C, classes].
 *
 * <p>Exact where everything behind the boundary is linear and the loss is the squared error.
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients": the linear,
 * label-conditioned model (cDNI).
 */
public final class LinearPredictor extends AffinePredictor {

    /** From h alone. */
    public LinearPredictor(ParameterFactory factory, long channels) {
        this(channels, 0, factory);
    }

    /** From h and labels in [0, classes). */
    public LinearPredictor(ParameterFactory factory, long channels, int classes) {
        this(channels, requireClasses("LinearPredictor", classes), factory);
    }

    private LinearPredictor(long channels, int classes, ParameterFactory factory) {
        super(
                factory,
                "linear",
                new Linear(factory, channels, channels, true, Initializer.zeros()),
                "[B, C]",
                2,
                channels,
                classes);
    }
}
