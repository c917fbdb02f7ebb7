package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;

/**
 * {@code dni-fcn}, the fully connected network that synthetic gradients were published with: layers of 256 units, each with batch
 * norm and (leaky) ReLU, and a linear layer to the classes. The depth counts that last layer too, and it may be cut in front of every layer
 * but the first.
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients", § 3.1. Deviation: leaky ReLU unless
 * the model is of slope 0.
 */
public final class DniFcn implements Architecture {
    private static final int ROWS = 2;
    private static final int UNITS = 256;

    @Override
    public String name() {
        return "dni-fcn";
    }

    @Override
    public String depthUnit() {
        return "layers";
    }

    @Override
    public int usualWidth() {
        return UNITS;
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        long inputs = (long) spec.height() * spec.columns() * spec.channels();
        List<Part> blocks = new ArrayList<>();
        for (int i = 1; i < spec.depth(); i++) {
            blocks.add(layers.counted(Chain.empty()
                    .with("linear", new Linear(layers.factory(), inputs, spec.width(), false))
                    .with(layers.pair("", spec.width()))));
            inputs = spec.width();
        }
        blocks.add(layers.counted(Chain.empty().with("head", layers.head(inputs, spec.classes()))));
        return Chain.empty()
                .with("flatten", new Activation(Reshape::flatten))
                .with("blocks", new Run(blocks, new Cut(ROWS, block -> spec.width(), spec.classes())));
    }
}
