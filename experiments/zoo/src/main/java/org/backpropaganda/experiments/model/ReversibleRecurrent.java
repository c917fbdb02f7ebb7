package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Pad;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Layer;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.recurrent.ReversibleGru;

/**
 * {@code revgru}: the pixels in reading order, cut into as many equal pieces as the model is deep, with zeros behind the last
 * pixels where they do not suffice; a {@link ReversibleGru} reads a piece a step, from a state of zeros, with forget gates of
 * at least 0.9; its last state, of C units, and a linear head. The weights of all steps are the same.
 *
 * <p>Reversed, the last state and the pieces are kept, but no state between.
 *
 * <p>Source: MacKay et al. 2018, "Reversible Recurrent Neural Networks", § 3.1. Deviations: one layer, on images.
 */
public final class ReversibleRecurrent implements Architecture {
    private static final double LEAST = 0.9;
    private static final int HALVES = 2;

    @Override
    public String name() {
        return "revgru";
    }

    @Override
    public String depthUnit() {
        return "steps";
    }

    @Override
    public int countsPerBlock(ModelSpec spec) {
        return HALVES;
    }

    @Override
    public void check(ModelSpec.Size size) {
        Architecture.super.check(size);
        ModelSpec.require(
                size.width() % HALVES == 0,
                "width " + size.width() + " is odd, and a revgru's state has two halves; choose an even one");
    }

    @Override
    public void check(ModelSpec.Size size, ModelSpec.Images images) {
        long pixels = (long) images.height() * images.columns();
        long piece = piece(size, images);
        ModelSpec.require(
                (size.depth() - 1) * piece < pixels,
                "depth " + size.depth() + " does not fit revgru: pieces of " + piece
                        + (piece == 1 ? " pixel" : " pixels") + " end before the last steps, since images have "
                        + pixels + "; choose a depth that divides them, or less");
    }

    /** The pixels of a step. */
    private static long piece(ModelSpec.Size size, ModelSpec.Images images) {
        long pixels = (long) images.height() * images.columns();
        return (pixels + size.depth() - 1) / size.depth();
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        int steps = spec.depth();
        int half = spec.width() / HALVES;
        long values = piece(spec.size(), spec.images()) * spec.channels();
        ReversibleGru gru = ReversibleGru.builder(layers.factory(), values, spec.width(), LEAST)
                .wrapping(layers::counted)
                .build();
        List<Part> couplings =
                gru.couplings(steps).stream().<Part>map(Layer::new).toList();
        return Chain.empty()
                .with("pieces", Couplings.made(x -> pieces(x.get(0), steps, values, half)))
                .with("gru", Couplings.sharing("cell", gru, Run.ofCouplings(couplings, HALVES + steps, null)))
                .with("state", Couplings.made(x -> List.of(Concat.concat(-1, x.get(0), x.get(1)))))
                .with("head", layers.head(spec.width(), spec.classes()));
    }

    /** Both halves of a state of zeros, and what each step reads. */
    private static List<Variable> pieces(Variable images, int steps, long values, int half) {
        long batch = images.shape().dim(0);
        Variable flat = Reshape.reshape(images, batch, -1);
        long missing = steps * values - flat.shape().dim(1);
        Variable whole = missing == 0 ? flat : Pad.padChannels(flat, 0, missing);
        Variable zeros = Couplings.zeros(images, Shape.of(batch, half));
        List<Variable> all = new ArrayList<>(List.of(zeros, zeros));
        for (int t = 0; t < steps; t++) {
            all.add(Slice.slice(whole, 1, t * values, values));
        }
        return all;
    }
}
