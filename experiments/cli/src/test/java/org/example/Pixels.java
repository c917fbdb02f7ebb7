package org.example;

import java.util.List;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.experiments.model.Architecture;
import org.backpropaganda.experiments.model.Layers;
import org.backpropaganda.experiments.model.ModelSpec;

/** A model: linear layers with tanh between them, over all pixels. */
public final class Pixels implements Architecture {
    @Override
    public String name() {
        return "pixels";
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        long pixels = (long) spec.height() * spec.columns() * spec.channels();
        Linear entry = new Linear(layers.factory(), pixels, spec.width(), true);
        List<Part> blocks = IntStream.range(0, spec.depth())
                .mapToObj(i -> layers.counted(Chain.empty()
                        .with("linear", new Linear(layers.factory(), spec.width(), spec.width(), true))
                        .with("tanh", Activation.tanh())
                        .with("mix", new Linear(layers.factory(), spec.width(), spec.width(), true))))
                .toList();
        return Chain.empty()
                .with("flatten", new Activation(Reshape::flatten))
                .with("entry", entry)
                .with("blocks", new Run(blocks, new Cut(2, block -> spec.width(), spec.classes())))
                .with("head", layers.head(spec.width(), spec.classes()));
    }
}
