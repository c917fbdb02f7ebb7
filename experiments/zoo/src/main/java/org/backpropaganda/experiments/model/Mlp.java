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

/** {@code mlp}: linear layers of equal width, each with batch norm and leaky ReLU, and a linear head. */
public final class Mlp implements Architecture {
    private static final int ROWS = 2;

    @Override
    public String name() {
        return "mlp";
    }

    @Override
    public String depthUnit() {
        return "layers";
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        long inputs = (long) spec.height() * spec.columns() * spec.channels();
        List<Part> blocks = new ArrayList<>();
        for (int i = 0; i < spec.depth(); i++) {
            blocks.add(layers.counted(Chain.empty()
                    .with("linear", new Linear(layers.factory(), inputs, spec.width(), false))
                    .with(layers.pair("", spec.width()))));
            inputs = spec.width();
        }
        return Chain.empty()
                .with("flatten", new Activation(Reshape::flatten))
                .with("blocks", new Run(blocks, new Cut(ROWS, block -> spec.width(), spec.classes())))
                .with("head", layers.head(inputs, spec.classes()));
    }
}
