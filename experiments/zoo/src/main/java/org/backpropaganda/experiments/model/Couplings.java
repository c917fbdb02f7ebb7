package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.reversible.AdditiveCoupling;

/** A stem, couplings on two halves of its channels, and a head on the means of both. */
final class Couplings {
    /** Of a coupling. */
    static final int FUNCTIONS = 2;

    private static final int STREAMS = 2;
    private static final int IMAGES = 4;

    private Couplings() {}

    static void check(ModelSpec.Size size) {
        ModelSpec.require(size.width() % 2 == 0, "width " + size.width() + " is odd, and a revnet halves its channels");
    }

    /** The halves are averaged before they are joined: the joined image is never made. */
    static Chain describe(ModelSpec spec, Layers layers, int convolutions) {
        Conv2d stem = new Conv2d(
                layers.factory(), spec.channels(), spec.width(), Window.square(3, spec.stemStride(), 1), true);
        List<Part> couplings = new ArrayList<>();
        for (int i = 0; i < spec.depth(); i++) {
            couplings.add(new Composite(
                    List.of(function(spec, layers, convolutions), function(spec, layers, convolutions)),
                    functions -> new AdditiveCoupling(functions.get(0), functions.get(1))));
        }
        Chain split = Chain.empty().with("split", new Composite(List.of(), none -> new Split()));
        Chain join = Chain.empty().with("join", new Composite(List.of(), none -> new Join()));
        Cut cut = new Cut(IMAGES, block -> spec.width(), spec.classes(), join, split);
        return Chain.empty()
                .with("stem", stem)
                .with(split)
                .with("blocks", Run.ofCouplings(couplings, STREAMS, cut))
                .with("pool", new EachHalf(Pool2d.globalAverage()))
                .with(join)
                .with("head", layers.head(spec.width(), spec.classes()));
    }

    private static Part function(ModelSpec spec, Layers layers, int convolutions) {
        int half = spec.width() / 2;
        Chain links = Chain.empty();
        for (int k = 1; k <= convolutions; k++) {
            links = links.with("conv" + k, layers.convolution(half, half, 3, 1))
                    .with(layers.pair(Integer.toString(k), half));
        }
        return layers.counted(links);
    }

    /** One image into two of half the channels. */
    private static final class Split extends Module {
        @Override
        protected List<Variable> forward(List<Variable> x) {
            long half = x.get(0).shape().dim(-1) / 2;
            return Slice.split(x.get(0), -1, half, half);
        }
    }

    /** The same layer on both halves. */
    private static final class EachHalf extends Module {
        private final Module layer;

        EachHalf(Module layer) {
            this.layer = register("layer", layer);
        }

        @Override
        protected List<Variable> forward(List<Variable> halves) {
            return halves.stream().map(layer::call).toList();
        }
    }

    /** Two images, or rows, into one of all their channels. */
    private static final class Join extends Module {
        @Override
        protected List<Variable> forward(List<Variable> halves) {
            return List.of(Concat.concat(-1, halves.get(0), halves.get(1)));
        }
    }
}
