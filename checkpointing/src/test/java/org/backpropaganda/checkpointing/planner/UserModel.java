package org.backpropaganda.checkpointing.planner;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * A model that plans are made for, and its batch.
 *
 * @param make from a factory; the same seed makes the same weights
 * @param labels none where the loss takes none
 */
record UserModel(
        String name,
        Function<ParameterFactory, Module> make,
        List<TensorSpec> inputs,
        List<TensorSpec> labels,
        StepOutline.Loss loss) {
    private static final int BATCH = 96;
    private static final int WIDTH = 16;
    private static final int CLASSES = 5;

    /** Models as users write them. */
    static Stream<UserModel> all() {
        return Stream.of(
                classifying("chain", UserModel::chain, Shape.of(BATCH, WIDTH)),
                classifying("convolutions", UserModel::convolutions, Shape.of(BATCH, 8, 8, 3)),
                classifying("skips", UserModel::skips, Shape.of(BATCH, WIDTH)),
                classifying("shared", UserModel::shared, Shape.of(BATCH, WIDTH)),
                classifying("frozen", UserModel::frozen, Shape.of(BATCH, WIDTH)),
                classifying("views", UserModel::views, Shape.of(BATCH, 4, 4)),
                classifying("one", One::new, Shape.of(BATCH, WIDTH)),
                new UserModel(
                        "results",
                        UserModel::results,
                        List.of(new TensorSpec(Shape.of(BATCH, WIDTH), DType.FLOAT)),
                        List.of(),
                        (results, labels) ->
                                Ops.plus(Ops.mean(Ops.square(results.get(0))), Ops.mean(Ops.square(results.get(1))))));
    }

    static UserModel named(String name) {
        return all().filter(each -> each.name.equals(name)).findFirst().orElseThrow();
    }

    private static UserModel classifying(String name, Function<ParameterFactory, Module> make, Shape input) {
        return new UserModel(
                name,
                make,
                List.of(new TensorSpec(input, DType.FLOAT)),
                List.of(new TensorSpec(Shape.of(BATCH), DType.INT)),
                (results, labels) -> Ops.crossEntropy(results.get(0), labels.get(0)));
    }

    /** A step of it, updated by an optimizer. */
    StepOutline outline(StepOutline.OptimizerMaker optimizer, boolean updatesDuringBackward) {
        return new StepOutline(inputs, labels, loss, optimizer, updatesDuringBackward);
    }

    private static Module block(ParameterFactory factory) {
        return new Sequential(
                new LayerNorm(factory, WIDTH), new Linear(factory, WIDTH, WIDTH, true), Activation.gelu());
    }

    private static Module dropping(ParameterFactory factory) {
        return new Sequential(new Linear(factory, WIDTH, WIDTH, true), Activation.tanh(), new Dropout(0.4));
    }

    private static Module head(ParameterFactory factory) {
        return new Linear(factory, WIDTH, CLASSES, true);
    }

    private static Module chain(ParameterFactory factory) {
        return new Sequential(
                block(factory), block(factory), dropping(factory), block(factory), block(factory), head(factory));
    }

    private static Module convolutions(ParameterFactory factory) {
        Window window = Window.square(3, 1, 1);
        return new Sequential(
                new Conv2d(factory, 3, 8, window, false),
                new BatchNorm(factory, 8),
                LeakyRelu.inPlace(0.01),
                new Conv2d(factory, 8, 8, window, true),
                BatchNorm.withRelu(factory, 8),
                new Dropout(0.3),
                new Conv2d(factory, 8, 16, Window.square(3, 2, 1), false),
                new BatchNorm(factory, 16),
                Activation.silu(),
                Dropout.ofChannels(0.2),
                Pool2d.globalAverage(),
                new Linear(factory, 16, CLASSES, true));
    }

    private static Module skips(ParameterFactory factory) {
        Module inner = new Sequential(new Residual(dropping(factory)), block(factory), new Residual(block(factory)));
        return new Sequential(
                new Residual(block(factory)),
                inner,
                new Residual(new Sequential(dropping(factory), new Residual(block(factory)))),
                new Sequential(new Sequential(block(factory), new Dropout(0.1)), head(factory)));
    }

    /** A layer, and a sequence of some, that stand in two places. */
    private static Module shared(ParameterFactory factory) {
        Module layer = new Linear(factory, WIDTH, WIDTH, true);
        Module sequence = dropping(factory);
        return new Sequential(
                layer,
                Activation.tanh(),
                sequence,
                new Residual(layer),
                layer,
                new Dropout(0.2),
                sequence,
                block(factory),
                head(factory));
    }

    private static Module frozen(ParameterFactory factory) {
        Module first = block(factory);
        Module later = block(factory);
        first.freeze();
        later.freeze();
        return new Sequential(first, dropping(factory), later, block(factory), head(factory));
    }

    private static Module views(ParameterFactory factory) {
        Module flat = new Activation(x -> Ops.reshape(x, BATCH, WIDTH));
        Module deep = new Activation(x -> Ops.reshape(x, BATCH, 4, WIDTH / 4));
        return new Sequential(
                flat, deep, flat, block(factory), deep, Activation.gelu(), flat, dropping(factory), head(factory));
    }

    private static Module results(ParameterFactory factory) {
        return new Sequential(block(factory), new Halves(), new Cross(factory), new Cross(factory), new Cross(factory));
    }

    /** No sequence: its parts are nobody else's to cut. */
    private static final class One extends Module {
        private final Module front;
        private final Module back;

        One(ParameterFactory factory) {
            front = register("front", dropping(factory));
            back = register("back", head(factory));
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable x = front.call(inputs).get(0);
            return back.call(List.of(Ops.plus(x, inputs.get(0))));
        }
    }

    /** [N, W] → two of [N, W/2]. */
    private static final class Halves extends Module {
        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return Ops.split(inputs.get(0), 1, WIDTH / 2, WIDTH / 2);
        }
    }

    /** Adds to the second stream what a layer makes of the first, and exchanges them. */
    private static final class Cross extends Module {
        private final Module layer;

        Cross(ParameterFactory factory) {
            layer = register("layer", new Linear(factory, WIDTH / 2, WIDTH / 2, true));
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable moved = Ops.gelu(layer.call(inputs.get(0)));
            return List.of(Ops.plus(inputs.get(1), moved), inputs.get(0));
        }
    }
}
