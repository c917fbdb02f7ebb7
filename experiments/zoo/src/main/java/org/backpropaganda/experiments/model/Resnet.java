package org.backpropaganda.experiments.model;

import java.util.List;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Layer;
import org.backpropaganda.autograd.technique.Part;

/**
 * {@code resnet}, the residual network for CIFAR: three stages of blocks with C, 2C and 4C channels. A stage after the first
 * halves the image in its first block, whose shortcut is a 1×1 convolution with batch norm.
 *
 * <p>Source: He et al. 2016, "Deep Residual Learning for Image Recognition", § 4.2. Deviations: leaky ReLU; projection
 * (their option B) where they pad with zeros.
 */
public final class Resnet implements Architecture {
    @Override
    public String name() {
        return "resnet";
    }

    @Override
    public long blocks(int depth) {
        return Stages.blocks(depth);
    }

    @Override
    public String depthUnit() {
        return "residual blocks a stage";
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        return new Stages(spec).network(layers, (from, to, stride) -> block(layers, from, to, stride));
    }

    private static Part block(Layers layers, int from, int to, int stride) {
        Chain body = Chain.empty()
                .with("conv1", layers.convolution(from, to, 3, stride))
                .with(layers.pair("1", to))
                .with("conv2", layers.convolution(to, to, 3, 1))
                .with("norm2", new BatchNorm(layers.factory(), to));
        Part residual = stride == 1
                ? new Composite(List.of(body), parts -> new Residual(parts.get(0)))
                : new Composite(
                        List.of(body, shortcut(layers, from, to, stride)),
                        parts -> new Residual(parts.get(0), parts.get(1)));
        return Chain.empty().with("residual", residual).with("act", layers.activation());
    }

    /** A 1×1 convolution with batch norm. */
    static Part shortcut(Layers layers, int from, int to, int stride) {
        return new Layer(new Sequential(layers.convolution(from, to, 1, stride), new BatchNorm(layers.factory(), to)));
    }
}
