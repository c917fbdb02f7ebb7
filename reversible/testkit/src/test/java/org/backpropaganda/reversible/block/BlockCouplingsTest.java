package org.backpropaganda.reversible.block;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.AttentionSettings;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.op.UpsampleNearest;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.testkit.CouplingCase;
import org.backpropaganda.reversible.testkit.CouplingContract;

/** The laws of couplings, for those of published networks. */
class BlockCouplingsTest extends CouplingContract {
    private static final Shape ROWS = Shape.of(5, 4);
    private static final Shape IMAGES = Shape.of(2, 4, 4, 2);

    @Override
    protected Stream<CouplingCase> cases() {
        return Stream.of(
                CouplingCase.of(
                        "momentum",
                        (factory, counted) -> new MomentumResidual(counted.apply(dense(factory)), 0.9),
                        ROWS,
                        ROWS),
                CouplingCase.of(
                        "momentum of a half",
                        (factory, counted) -> new MomentumResidual(counted.apply(dense(factory)), 0.5),
                        ROWS,
                        ROWS),
                CouplingCase.of(
                        "i-RevNet",
                        (factory, counted) -> new IRevNetBlock(counted.apply(image(factory, 2, 2, 1))),
                        IMAGES,
                        IMAGES),
                CouplingCase.of(
                                "i-RevNet, strided and padded",
                                (factory, counted) -> new IRevNetBlock(counted.apply(image(factory, 3, 12, 2)), 2, 1),
                                IMAGES,
                                IMAGES)
                        .changingShapes(),
                CouplingCase.of(
                        "two groups",
                        (factory, counted) -> new GroupAdditive(
                                List.of(counted.apply(dense(factory)), counted.apply(dense(factory)))),
                        ROWS,
                        ROWS),
                CouplingCase.of(
                        "four groups",
                        (factory, counted) -> new GroupAdditive(Stream.generate(() -> counted.apply(dense(factory)))
                                .limit(4)
                                .toList()),
                        ROWS,
                        ROWS,
                        ROWS,
                        ROWS),
                CouplingCase.of(
                                "three groups that read a side input",
                                (factory, counted) -> new GroupAdditive(
                                        Stream.generate(() -> counted.apply(new Gated(factory)))
                                                .limit(3)
                                                .toList(),
                                        "gate"),
                                ROWS,
                                ROWS,
                                ROWS)
                        .withSides(Shape.of(1, 4)),
                CouplingCase.of(
                                "column of one level",
                                (factory, counted) ->
                                        new ReversibleColumn(factory, List.of(counted.apply(dense(factory))), 4),
                                ROWS)
                        .withSides(ROWS),
                CouplingCase.of(
                                "column of three levels",
                                (factory, counted) -> new ReversibleColumn(
                                        factory,
                                        List.of(
                                                counted.apply(new Fused(factory, 2, 2, 1, 3)),
                                                counted.apply(new Fused(factory, 2, 3, 2, 4)),
                                                counted.apply(image(factory, 3, 4, 2))),
                                        2,
                                        3,
                                        4),
                                IMAGES,
                                Shape.of(2, 2, 2, 3),
                                Shape.of(2, 1, 1, 4))
                        .withSides(IMAGES),
                transformer("encoder", AttentionSettings.heads(2), block -> block),
                transformer(
                        "decoder",
                        AttentionSettings.heads(2).forCausal().withRotaryPositions(10_000),
                        block -> block.rmsNorms().hidden(5).activation(Activation.silu())),
                transformer("with dropout", AttentionSettings.heads(1), block -> block.dropout(0.2)));
    }

    private static CouplingCase transformer(
            String name, AttentionSettings settings, UnaryOperator<ReversibleTransformerBlock.Builder> choices) {
        Shape tokens = Shape.of(2, 3, 4);
        return CouplingCase.of(
                name,
                (factory, counted) -> choices.apply(ReversibleTransformerBlock.builder(factory, 4, settings))
                        .wrapping(counted)
                        .build(),
                tokens,
                tokens);
    }

    private static Module dense(ParameterFactory factory) {
        return new Sequential(
                new Linear(factory, 4, 4, true), new BatchNorm(factory, 4), Activation.tanh(), new Dropout(0.2));
    }

    private static Module image(ParameterFactory factory, long inputs, long outputs, int stride) {
        return new Sequential(
                new Conv2d(factory, inputs, outputs, Window.square(3, stride, 1), true), Activation.tanh());
    }

    /** {@code tanh(strided below + enlarged above)}. */
    private static final class Fused extends Module {
        private final Module below;
        private final Module above;

        Fused(ParameterFactory factory, long from, long to, int stride, long fromAbove) {
            below = register("below", new Conv2d(factory, from, to, Window.square(3, stride, 1), true));
            above = register("above", new Conv2d(factory, fromAbove, to, Window.square(1, 1, 0), true));
        }

        @Override
        protected List<Variable> forward(List<Variable> x) {
            Variable large = UpsampleNearest.upsampleNearest(above.call(x.get(1)), 2);
            return List.of(Tanh.tanh(Add.add(below.call(x.get(0)), large)));
        }
    }

    /** {@code tanh(W x) ⊙ gate}. */
    private static final class Gated extends Module {
        private final Module weight;

        Gated(ParameterFactory factory) {
            weight = register("weight", new Linear(factory, 4, 4, true));
        }

        @Override
        protected List<Variable> forward(List<Variable> x) {
            return List.of(Multiply.multiply(Tanh.tanh(weight.call(x.get(0))), x.get(1)));
        }
    }
}
