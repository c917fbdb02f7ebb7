package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.reversible.block.IRevNetBlock;

/**
 * {@code irevnet}: a 3×3 stem to C channels, split into two streams; three stages of equally many i-RevNet blocks, of which a
 * stage after the first halves both sides of the image in its first block and has four times the channels, so that the streams
 * of every stage have equally many elements; mean over space; linear. All stages are one run: reversed, the streams of the last
 * are kept and no others. A block's function is three 3×3 convolutions through a quarter of its channels, with batch norm and,
 * but for the last, (leaky) ReLU.
 *
 * <p>Source: Jacobsen et al. 2018, "i-RevNet: Deep Invertible Networks", § 3 and Table 1. Deviations: a stem, which is not
 * reversed, where they turn pixels into channels; norm behind each convolution, where theirs is in front; no norm in front of
 * the head.
 */
public final class IRevnet implements Architecture {
    private static final int STAGES = 3;
    private static final int IMAGES = 4;
    private static final int BOTTLENECK = 4;
    private static final int SIDES = 1 << (STAGES - 1);
    private static final int SHARES = 2 * BOTTLENECK;

    @Override
    public String name() {
        return "irevnet";
    }

    @Override
    public long blocks(int depth) {
        return (long) STAGES * depth;
    }

    @Override
    public String depthUnit() {
        return "couplings a stage";
    }

    @Override
    public void check(ModelSpec.Size size) {
        Architecture.super.check(size);
        ModelSpec.require(
                size.width() % SHARES == 0,
                "width " + size.width()
                        + " does not fit irevnet, which takes a quarter of half the channels; choose a multiple of "
                        + SHARES);
    }

    @Override
    public void check(ModelSpec.Images images) {
        ModelSpec.require(
                images.height() % SIDES == 0 && images.columns() % SIDES == 0,
                "images of " + images.height() + "×" + images.columns()
                        + " pixels do not fit irevnet, which halves their sides " + (STAGES - 1)
                        + " times; give sides that are multiples of " + SIDES);
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        Conv2d stem = new Conv2d(layers.factory(), spec.channels(), spec.width(), Window.square(3, 1, 1), true);
        List<Part> blocks = new ArrayList<>();
        for (int i = 0; i < STAGES * spec.depth(); i++) {
            blocks.add(block(spec, layers, i));
        }
        Chain split = Chain.empty().with("split", Couplings.made(IRevnet::halves));
        Chain join = Chain.empty().with("join", Couplings.made(x -> List.of(Concat.concat(-1, x.get(0), x.get(1)))));
        Cut cut = new Cut(IMAGES, block -> 2L * streamInto(spec, block), spec.classes(), join, split);
        return Chain.empty()
                .with("stem", stem)
                .with(split)
                .with("blocks", Run.ofCouplings(blocks, 2, cut))
                .with("pool", Couplings.eachStream(Pool2d.globalAverage()))
                .with(join)
                .with("head", layers.head(2L * streamInto(spec, blocks.size()), spec.classes()));
    }

    private static List<Variable> halves(List<Variable> x) {
        long half = x.get(0).shape().dim(-1) / 2;
        return Slice.split(x.get(0), -1, half, half);
    }

    private static int streamOf(ModelSpec spec, int block) {
        return (spec.width() / 2) << (2 * (block / spec.depth()));
    }

    /** Channels of a stream in front of a block, or behind the last one. */
    private static int streamInto(ModelSpec spec, int block) {
        return block == 0 ? spec.width() / 2 : streamOf(spec, block - 1);
    }

    private static Part block(ModelSpec spec, Layers layers, int number) {
        int from = streamInto(spec, number);
        int to = streamOf(spec, number);
        int stride = from == to ? 1 : 2;
        int within = to / BOTTLENECK;
        Chain function = Chain.empty()
                .with("conv1", layers.convolution(from, within, 3, stride))
                .with(layers.pair("1", within))
                .with("conv2", layers.convolution(within, within, 3, 1))
                .with(layers.pair("2", within))
                .with("conv3", layers.convolution(within, to, 3, 1))
                .with("norm3", new BatchNorm(layers.factory(), to));
        return new Composite(List.of(layers.counted(function)), parts -> new IRevNetBlock(parts.get(0), stride, 0));
    }
}
