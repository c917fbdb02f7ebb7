package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Lstm;
import org.backpropaganda.autograd.nn.RecurrentSettings;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Transpose;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Layer;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;

/**
 * {@code lstm}: pixels as steps, in reading order: layers of long short-term memory, the mean of what the last one says, and a
 * linear head.
 */
public final class Recurrent implements Architecture {
    private static final int SEQUENCES = 3;

    @Override
    public String name() {
        return "lstm";
    }

    @Override
    public String depthUnit() {
        return "layers";
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        List<Part> blocks = new ArrayList<>();
        long inputs = spec.channels();
        for (int i = 0; i < spec.depth(); i++) {
            Lstm layer = new Lstm(layers.factory(), inputs, spec.width(), RecurrentSettings.ONE_LAYER.withKeptGates());
            blocks.add(layers.counted(new Layer(layer)));
            inputs = spec.width();
        }
        long steps = (long) spec.height() * spec.columns();
        return Chain.empty()
                .with(
                        "steps",
                        new Activation(
                                x -> Transpose.transpose(Reshape.reshape(x, -1, steps, spec.channels()), 1, 0, 2)))
                .with("blocks", new Run(blocks, new Cut(SEQUENCES, block -> spec.width(), spec.classes())))
                .with("mean", new Activation(x -> Mean.mean(x, 0)))
                .with("head", layers.head(spec.width(), spec.classes()));
    }
}
