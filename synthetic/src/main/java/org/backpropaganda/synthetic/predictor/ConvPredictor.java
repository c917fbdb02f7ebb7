package org.backpropaganda.synthetic.predictor;

import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.ParameterFactory;

/**
 * {@code M(h, label) = W * h + b + E[label]} for images h [B, H, W, C], W a 1×1 convolution and E[label] the same at
 * every pixel, zero at first. Parameters: conv.weight [C, C, 1, 1], conv.bias [C] and, with labels, labels.weight [C,
 * classes].
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients". Deviation: one linear
 * layer of one tap, where the paper has hidden layers and wider kernels.
 */
public final class ConvPredictor extends AffinePredictor {

    /** From h alone. */
    public ConvPredictor(ParameterFactory factory, long channels) {
        this(channels, 0, factory);
    }

    /** From h and labels in [0, classes). */
    public ConvPredictor(ParameterFactory factory, long channels, int classes) {
        this(channels, requireClasses("ConvPredictor", classes), factory);
    }

    private ConvPredictor(long channels, int classes, ParameterFactory factory) {
        super(
                factory,
                "conv",
                new Conv2d(factory, channels, channels, Window.square(1, 1, 0), 1, true, Initializer.zeros()),
                "[B, H, W, C]",
                4,
                channels,
                classes);
    }
}
