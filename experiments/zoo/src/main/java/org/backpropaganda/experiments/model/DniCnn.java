package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;

/**
 * {@code dni-cnn}, the convolutional network that synthetic gradients were published with: layers of 128 5×5 convolutions, each
 * with batch norm, (leaky) ReLU and 3×3 pooling that halves the image, and a linear layer to the classes. The depth counts that last
 * layer too, and it may be cut in front of every layer but the first: behind a pooling, where the image is small.
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients", § 3.1. Deviations: the mean is pooled in
 * every layer; leaky ReLU unless the model is of slope 0.
 */
public final class DniCnn implements Architecture {
    private static final int IMAGES = 4;
    private static final int CHANNELS = 128;
    private static final int KERNEL = 5;
    private static final Window POOL = Window.square(3, 2, 1);

    @Override
    public String name() {
        return "dni-cnn";
    }

    @Override
    public String depthUnit() {
        return "layers";
    }

    @Override
    public int usualWidth() {
        return CHANNELS;
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        int inputs = spec.channels();
        int height = spec.height();
        int columns = spec.columns();
        List<Part> blocks = new ArrayList<>();
        for (int i = 1; i < spec.depth(); i++) {
            blocks.add(layers.counted(Chain.empty()
                    .with("conv", layers.convolution(inputs, spec.width(), KERNEL, 1))
                    .with(layers.pair("", spec.width()))
                    .with("pool", Pool2d.average(POOL))));
            inputs = spec.width();
            height = (height + 1) / 2;
            columns = (columns + 1) / 2;
        }
        blocks.add(layers.counted(Chain.empty()
                .with("flatten", new Activation(Reshape::flatten))
                .with("head", layers.head((long) height * columns * inputs, spec.classes()))));
        return Chain.empty().with("blocks", new Run(blocks, new Cut(IMAGES, block -> spec.width(), spec.classes())));
    }
}
