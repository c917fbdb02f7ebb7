package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.Upsample;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Layer;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Step;
import org.backpropaganda.reversible.Update;
import org.backpropaganda.reversible.block.ReversibleColumn;
import org.jspecify.annotations.Nullable;

/**
 * {@code revcol}, a reversible column network: a 3×3 stem to C channels, which every column reads; three levels of C, 2C and 4C
 * channels, each of half the sides of the one before, from zeros; {@link ReversibleColumn}s, all of which are one run; the mean
 * over space of the last level, and a linear head. A level's function is the level below, halved by a 2×2 convolution, plus
 * the level above, enlarged, each behind a layer norm, and a residual block: a 3×3 convolution of each channel by itself, layer
 * norm, and a feed-forward layer four times as wide. The first column has no levels above and no scales, since those would be
 * zeros, of which a norm makes whatever the way back has left there, and scales of zeros.
 *
 * <p>Reversed, the last column's levels and the stem's output are kept. Drift: as drawn, each column back multiplies an
 * error by some 5, of which 2 is 1/α and the rest the norms'; in FLOAT, gradients of 8 columns are right to a hundredth, and
 * deeper models want an anchor every 3 or 4.
 *
 * <p>Source: Cai et al. 2023, "Reversible Column Networks", § 3. Deviations: three levels, sizes for small images, one block a
 * level; no supervision of columns between.
 */
public final class ReversibleColumns implements Architecture {
    private static final int LEVELS = 3;
    private static final int EXPANSION = 4;

    /** The sides of the last level times this are those of the images. */
    private static final int SIDES = 1 << (LEVELS - 1);

    @Override
    public String name() {
        return "revcol";
    }

    @Override
    public String depthUnit() {
        return "columns";
    }

    @Override
    public int countsPerBlock(ModelSpec spec) {
        return LEVELS;
    }

    @Override
    public void check(ModelSpec.Images images) {
        ModelSpec.require(
                images.height() % SIDES == 0 && images.columns() % SIDES == 0,
                "images of " + images.height() + "×" + images.columns()
                        + " pixels do not fit revcol, whose levels halve their sides " + (LEVELS - 1)
                        + " times; give sides that are multiples of " + SIDES);
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        ParameterFactory factory = layers.factory();
        Conv2d stem = new Conv2d(factory, spec.channels(), spec.width(), Window.square(3, 1, 1), true);
        List<Part> columns = new ArrayList<>();
        for (int i = 0; i < spec.depth(); i++) {
            columns.add(new Layer(column(i, spec.width(), layers)));
        }
        return Chain.empty()
                .with("stem", stem)
                .with("levels", Couplings.made(x -> levels(x.get(0))))
                .with("blocks", Run.ofCouplings(columns, LEVELS + 1, null))
                .with("last", Couplings.made(levels -> List.of(levels.get(LEVELS - 1))))
                .with("pool", Pool2d.globalAverage())
                .with("head", layers.head(channels(spec.width(), LEVELS - 1), spec.classes()));
    }

    private static int channels(int width, int level) {
        return width << level;
    }

    /** Zeros for all levels, and the stem's output behind them. */
    private static List<Variable> levels(Variable x) {
        List<Variable> all = new ArrayList<>();
        for (int level = 0; level < LEVELS; level++) {
            Shape shape = Shape.of(
                    x.shape().dim(0),
                    x.shape().dim(1) >> level,
                    x.shape().dim(2) >> level,
                    x.shape().dim(3) << level);
            all.add(Couplings.zeros(x, shape));
        }
        all.add(x);
        return all;
    }

    private static Coupling column(int number, int width, Layers layers) {
        boolean first = number == 0;
        List<Module> functions = new ArrayList<>();
        long[] channels = new long[LEVELS];
        for (int level = 0; level < LEVELS; level++) {
            boolean readsAbove = !first && level < LEVELS - 1;
            functions.add(layers.counted(new LevelFunction(layers.factory(), width, level, readsAbove)));
            channels[level] = channels(width, level);
        }
        return first ? first(functions) : new ReversibleColumn(layers.factory(), functions, channels);
    }

    /** A column that fills levels of zeros, each by the one below. */
    private static Coupling first(List<Module> functions) {
        List<String> names = new ArrayList<>();
        List<Step> steps = new ArrayList<>();
        for (int level = 0; level < LEVELS; level++) {
            names.add("c" + (level + 1));
            String below = level == 0 ? "x" : names.get(level - 1);
            steps.add(Update.add(names.get(level), functions.get(level), below).named("level" + (level + 1)));
        }
        return Coupling.of(names, steps.toArray(Step[]::new));
    }

    /** What a level is renewed by: of the level below it, or the stem's output, and perhaps of the level above. */
    private static final class LevelFunction extends Module {
        private final @Nullable Module down;
        private final @Nullable Module up;
        private final Module block;

        LevelFunction(ParameterFactory factory, int width, int level, boolean readsAbove) {
            int own = channels(width, level);
            down = level == 0 ? null : register("down", halved(factory, channels(width, level - 1), own));
            up = readsAbove ? register("up", enlarged(factory, channels(width, level + 1), own)) : null;
            block = register("block", new Residual(mixing(factory, own)));
        }

        private static Module halved(ParameterFactory factory, int from, int to) {
            return new Sequential(
                    new Conv2d(factory, from, to, Window.square(2, 2, 0), true), new LayerNorm(factory, to));
        }

        private static Module enlarged(ParameterFactory factory, int from, int to) {
            return new Sequential(new Linear(factory, from, to, true), new LayerNorm(factory, to), Upsample.nearest(2));
        }

        private static Module mixing(ParameterFactory factory, int channels) {
            Map<String, Module> links = new LinkedHashMap<>();
            links.put("depthwise", Conv2d.depthwise(factory, channels, Window.square(3, 1, 1), true));
            links.put("norm", new LayerNorm(factory, channels));
            links.put("expand", new Linear(factory, channels, (long) EXPANSION * channels, true));
            links.put("gelu", Activation.geluTanh());
            links.put("contract", new Linear(factory, (long) EXPANSION * channels, channels, true));
            return new Sequential(links);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable below = down == null ? inputs.get(0) : down.call(inputs.get(0));
            return List.of(block.call(up == null ? below : Add.add(below, up.call(inputs.get(1)))));
        }
    }
}
