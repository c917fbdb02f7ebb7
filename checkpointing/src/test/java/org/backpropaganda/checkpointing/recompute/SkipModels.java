package org.backpropaganda.checkpointing.recompute;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.MaxPool2d;
import org.backpropaganda.autograd.op.UpsampleNearest;

/** Models that are no chains. */
final class SkipModels {
    private SkipModels() {}

    /** Convolution, norm, rectifier, dropout, of which the input is let go once it is read. */
    private static Module block(ParameterFactory factory, int from, int to) {
        return new Sequential(
                new Conv2d(factory, from, to, Window.square(3, 1, 1), false),
                new BatchNorm(factory, to),
                Activation.relu(),
                new Dropout(0.1));
    }

    /** As by Ronneberger et al. 2015: what a level of the contracting path computes is concatenated to the expanding one. */
    static Module unet(ParameterFactory factory, int channels, int levels, int classes) {
        return new Sequential(
                block(factory, 3, channels),
                new Level(factory, channels, levels),
                new Conv2d(factory, channels, classes, Window.square(1, 1, 0), true));
    }

    /** Two blocks, what lies below at half the size, and two blocks on both. */
    private static final class Level extends UnaryModule {
        private final Module down;
        private final Module below;
        private final Module up;

        Level(ParameterFactory factory, int channels, int levels) {
            down = register(
                    "down", new Sequential(block(factory, channels, channels), block(factory, channels, channels)));
            below = register(
                    "below",
                    levels == 1
                            ? block(factory, channels, channels)
                            : new Sequential(
                                    block(factory, channels, 2 * channels),
                                    new Level(factory, 2 * channels, levels - 1),
                                    block(factory, 2 * channels, channels)));
            up = register(
                    "up", new Sequential(block(factory, 2 * channels, channels), block(factory, channels, channels)));
        }

        @Override
        protected Variable forward(Variable x) {
            Variable skip = down.call(x);
            Variable half = MaxPool2d.maxPool2d(skip, Window.square(2, 2, 0));
            Variable deep = below.call(half);
            half.release();
            Variable full = UpsampleNearest.upsampleNearest(deep, 2);
            deep.release();
            Variable both = Concat.concat(3, skip, full);
            skip.release();
            full.release();
            return up.call(both);
        }
    }

    /** As by Huang et al. 2017: every block reads what all those before it computed. */
    static Module dense(ParameterFactory factory, int growth, int blocks) {
        return new Dense(factory, growth, blocks);
    }

    private static final class Dense extends UnaryModule {
        private final List<Module> blocks = new ArrayList<>();

        Dense(ParameterFactory factory, int growth, int count) {
            for (int i = 0; i < count; i++) {
                blocks.add(register("block" + i, block(factory, 3 + i * growth, growth)));
            }
        }

        @Override
        protected Variable forward(Variable x) {
            Variable all = x;
            for (Module block : blocks) {
                Variable more = block.call(all);
                Variable joined = Concat.concat(3, all, more);
                more.release();
                if (all != x) {
                    all.release();
                }
                all = joined;
            }
            return all;
        }
    }
}
