package org.backpropaganda.synthetic.predictor;

import java.util.List;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.ParameterFactory;

/**
 * {@code M(h, label) = W * h + b + E[label]} for images h [B, H, W, C], W a convolution, 1×1 unless told otherwise, and
 * E[label] the same at every pixel, zero at first. Parameters: conv.weight [C, C, K, K], conv.bias [C] and, with labels,
 * labels.weight [C, classes].
 *
 * <p>Labels are [B], or [B, H, W] where each pixel has its own; -100, which a loss ignores, has the vector zero.
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients". Deviation: one linear
 * layer, where the paper has hidden layers, as {@link MultilayerConvPredictor} has.
 */
public final class ConvPredictor extends ChannelPredictor {

    /** From h alone. */
    public ConvPredictor(ParameterFactory factory, long channels) {
        this(channels, 0, 1, factory);
    }

    /** From h and labels in [0, classes). */
    public ConvPredictor(ParameterFactory factory, long channels, int classes) {
        this(factory, channels, classes, 1);
    }

    /**
     * From h and labels in [0, classes).
     *
     * @param kernel K, odd
     */
    public ConvPredictor(ParameterFactory factory, long channels, int classes, int kernel) {
        this(channels, Labels.requireClasses("ConvPredictor", classes), kernel, factory);
    }

    private ConvPredictor(long channels, int classes, int kernel, ParameterFactory factory) {
        super(
                factory,
                List.of(Layout.IMAGES),
                channels,
                classes,
                "conv",
                new Conv2d(factory, channels, channels, window("ConvPredictor", kernel), 1, true, Initializer.zeros()));
    }

    /**
     * From h alone.
     *
     * @param kernel K, odd
     */
    public static ConvPredictor unconditioned(ParameterFactory factory, long channels, int kernel) {
        return new ConvPredictor(channels, 0, kernel, factory);
    }

    /** A window that keeps the size of an image. */
    static Window window(String predictor, int kernel) {
        if (kernel < 1 || kernel % 2 == 0) {
            throw new IllegalArgumentException(predictor + ": kernel " + kernel
                    + " does not keep the size of an image; give an odd one, as 1, 3 or 5");
        }
        return Window.square(kernel, 1, kernel / 2);
    }
}
