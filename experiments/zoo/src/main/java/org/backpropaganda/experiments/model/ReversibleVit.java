package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.AttentionSettings;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.GlobalAvgPool2d;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Layer;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.reversible.block.ReversibleTransformerBlock;

/**
 * {@code revvit}, a reversible vision transformer: patches of 4×4 pixels, in reading order, become tokens as wide as the model;
 * both streams begin as the tokens; reversible blocks of attention to all tokens, with rotary positions and a head for each 32
 * channels, and of a feed-forward layer four times as wide, each behind a layer norm; a last norm of the mean of both streams,
 * the mean over the tokens, and a linear head.
 *
 * <p>Source: Mangalam et al. 2022, "Reversible Vision Transformers", § 3.2. Deviations: sizes for small images; rotary positions,
 * where theirs are learnt; no token for the class.
 */
public final class ReversibleVit implements Architecture {
    private static final int HEAD_WIDTH = 32;
    private static final int PATCH = 4;
    private static final int STREAMS = 2;
    private static final double ROTARY_BASE = 10_000;

    @Override
    public String name() {
        return "revvit";
    }

    @Override
    public int countsPerBlock(ModelSpec spec) {
        return 2;
    }

    @Override
    public void check(ModelSpec.Size size) {
        Architecture.super.check(size);
        int heads = heads(size.width());
        ModelSpec.require(
                size.width() % (2 * heads) == 0,
                heads + (heads == 1 ? " head does" : " heads do") + " not divide the width " + size.width()
                        + " of a revvit, which has one for each 32, into pairs; choose a multiple of 32");
    }

    @Override
    public void check(ModelSpec.Images images) {
        ModelSpec.require(
                images.height() % PATCH == 0 && images.columns() % PATCH == 0,
                "images of " + images.height() + "×" + images.columns()
                        + " pixels do not fit revvit, whose patches are 4×4; give sides that are multiples of 4");
    }

    private static int heads(int width) {
        return Math.max(1, width / HEAD_WIDTH);
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        ParameterFactory factory = layers.factory();
        int width = spec.width();
        long rows = spec.height() / PATCH;
        long columns = spec.columns() / PATCH;
        Conv2d patches = new Conv2d(factory, spec.channels(), width, Window.square(PATCH, PATCH, 0), true);
        AttentionSettings settings = AttentionSettings.heads(heads(width)).withRotaryPositions(ROTARY_BASE);
        List<Part> blocks = new ArrayList<>();
        for (int i = 0; i < spec.depth(); i++) {
            blocks.add(new Layer(ReversibleTransformerBlock.builder(factory, width, settings)
                    .wrapping(layers::counted)
                    .build()));
        }
        LayerNorm norm = new LayerNorm(factory, width);
        return Chain.empty()
                .with("patches", patches)
                .with("tokens", new Activation(x -> Reshape.reshape(x, -1, rows * columns, width)))
                .with("split", Couplings.made(x -> List.of(x.get(0), Identity.hold(x.get(0)))))
                .with("blocks", Run.ofCouplings(blocks, STREAMS, null))
                .with("join", Couplings.made(x -> List.of(Scale.scale(Add.add(x.get(0), x.get(1)), 0.5))))
                .with("norm", norm)
                .with(
                        "mean",
                        new Activation(
                                x -> GlobalAvgPool2d.globalAvgPool2d(Reshape.reshape(x, -1, rows, columns, width))))
                .with("head", layers.head(width, spec.classes()));
    }
}
