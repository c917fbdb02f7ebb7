package org.backpropaganda.synthetic.predictor;

import java.util.List;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.ParameterFactory;

/**
 * A convolutional network with hidden layers, for images h [B, H, W, C]:
 *
 * <pre>
 * z₁ = W₁ * h + E[label]       z_l = W_l * a_{l−1}
 * a_l = max(norm(z_l), 0)      M(h, label) = V * a_L + b, V and b zero at first
 * </pre>
 *
 * Without batch norm each z has a bias. All convolutions are K×K and keep the size. Parameters: conv.weight [width, C, K, K],
 * with labels labels.weight [width, classes], and under {@code rest} those of norm0, conv1, norm1, ..., the last convolution
 * being V [C, width, K, K] and b [C].
 *
 * <p>Labels are [B], whose vector is the same at every pixel, or [B, H, W] where each pixel has its own; -100, which a loss
 * ignores, has the vector zero.
 *
 * <pre>{@code
 * GradientPredictor predictor = new MultilayerConvPredictor(factory, 128, 10, 5, Hidden.normalised(2, 128));
 * DecoupledSequence sequence = new DecoupledSequence(List.of(first, second), List.of(predictor));
 * }</pre>
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients": two hidden layers of 128 5×5
 * convolutions with batch norm. Deviation: labels join at the first layer.
 */
public final class MultilayerConvPredictor extends ChannelPredictor {

    /**
     * From h alone.
     *
     * @param kernel K, odd
     */
    public MultilayerConvPredictor(ParameterFactory factory, long channels, int kernel, Hidden hidden) {
        this(factory, channels, 0, ConvPredictor.window("MultilayerConvPredictor", kernel), hidden);
    }

    /**
     * From h and labels in [0, classes).
     *
     * @param kernel K, odd
     */
    public MultilayerConvPredictor(ParameterFactory factory, long channels, int classes, int kernel, Hidden hidden) {
        this(
                factory,
                channels,
                Labels.requireClasses("MultilayerConvPredictor", classes),
                ConvPredictor.window("MultilayerConvPredictor", kernel),
                hidden);
    }

    private MultilayerConvPredictor(
            ParameterFactory factory, long channels, int classes, Window window, Hidden hidden) {
        super(
                factory,
                List.of(Layout.IMAGES),
                channels,
                classes,
                hidden.layers(
                        factory,
                        "conv",
                        channels,
                        (inputs, outputs, withBias, initializer) ->
                                new Conv2d(factory, inputs, outputs, window, 1, withBias, initializer)));
    }
}
