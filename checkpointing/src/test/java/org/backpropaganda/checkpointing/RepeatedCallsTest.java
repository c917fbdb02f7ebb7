package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.checkpointing.Lab.WIDTH;
import static org.backpropaganda.checkpointing.Lab.assertBitsOfPlain;
import static org.backpropaganda.checkpointing.Lab.assertCloseToPlain;
import static org.backpropaganda.checkpointing.Lab.block;
import static org.backpropaganda.checkpointing.Lab.loss;
import static org.backpropaganda.checkpointing.Lab.trained;

import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Models, blocks, layers, tapes and backward passes that are used twice, or otherwise than once in a training step. */
class RepeatedCallsTest {
    @ParameterizedTest
    @EnumSource
    void aModelThatIsCalledTwice(Way way) {
        assertBitsOfPlain(way, lab -> {
            Module model = lab.arrange(block(lab), block(lab));
            Tensor batch = lab.input(1, 6, WIDTH);
            lab.step((scope, tape) -> {
                Variable x = tape.leaf(batch);
                lab.backward(tape, loss(Ops.plus(model.call(model.call(x)), x)), model);
                lab.put("x", tape.gradient(x));
            });
            model.buffers().forEach(lab::put);
        });
    }

    /** Tied weights: both replays add to one gradient. */
    @ParameterizedTest
    @EnumSource
    void aLayerThatTwoBlocksShare(Way way) {
        assertBitsOfPlain(way, lab -> {
            Linear shared = new Linear(lab.factory, WIDTH, WIDTH, true);
            trained(
                    lab,
                    tape -> {},
                    new Sequential(shared, Activation.tanh()),
                    block(lab),
                    new Sequential(new Dropout(0.5), shared));
        });
    }

    /** "Dropout replay differs, silently trains worse." */
    @ParameterizedTest
    @EnumSource
    void everyRandomLayerDrawsTheSameAgain(Way way) {
        assertBitsOfPlain(
                way,
                lab -> trained(
                        lab,
                        tape -> {},
                        new Sequential(new Dropout(0.5), new Linear(lab.factory, WIDTH, WIDTH, true), new Dropout(0.5)),
                        new Residual(new Sequential(
                                Dropout.ofChannels(0.5), Activation.tanh(), Dropout.stochasticDepth(0.5))),
                        new Dropout(0.25)));
    }

    /** "Batch norm's running statistics are updated twice": loss and gradients match, so that tests miss it. */
    @ParameterizedTest
    @EnumSource
    void runningStatisticsMoveOnce(Way way) {
        assertBitsOfPlain(way, lab -> {
            BatchNorm counting = BatchNorm.withCumulativeStatistics(lab.factory, WIDTH);
            trained(lab, tape -> {}, new Sequential(counting, Activation.tanh()), block(lab));
            assertThat(counting.buffers().get("num_batches_tracked").item()).isEqualTo(1);
        });
    }

    @ParameterizedTest
    @EnumSource
    void frozenStatisticsAndEvaluatingTapes(Way way) {
        assertBitsOfPlain(way, lab -> {
            Module first = block(lab);
            trained(lab, tape -> tape.frozenStatistics(first), first, block(lab));
            trained(lab, tape -> tape.evaluating(first), first, block(lab));
            trained(lab, TapeBuilder::evaluating, first, block(lab));
        });
    }

    @ParameterizedTest
    @EnumSource
    void inferenceKeepsNothing(Way way) {
        try (Lab plain = new Lab(Sequential::new);
                Lab arranged = new Lab(way::arrange)) {
            double[] expected = inferred(plain);
            assertThat(inferred(arranged)).containsExactly(expected);
        }
    }

    private static double[] inferred(Lab lab) {
        Module model = lab.arrange(block(lab), block(lab));
        Tensor batch = lab.input(1, 6, WIDTH);
        double[][] values = new double[1][];
        lab.step(tape -> tape.evaluating().notRecording(), (scope, tape) -> {
            values[0] = model.call(tape.leaf(batch)).value().toDoubles();
            assertThat(lab.activations()).isZero();
        });
        return values[0];
    }

    @ParameterizedTest
    @EnumSource
    void aGradientPenalty(Way way) {
        assertCloseToPlain(way, 1e-14, lab -> {
            Module model = lab.arrange(block(lab), block(lab));
            Tensor batch = lab.input(1, 6, WIDTH);
            lab.step((scope, tape) -> {
                Variable x = tape.leaf(batch);
                Variable slope = tape.differentiate(loss(model.call(x)), x).get(0);
                lab.put("slope", slope.value());
                lab.backward(tape, Ops.plus(loss(slope), Ops.sum(model.call(x))), model);
                lab.put("x", tape.gradient(x));
            });
            model.buffers().forEach(lab::put);
        });
    }

    @ParameterizedTest
    @EnumSource
    void backwardTwice(Way way) {
        assertBitsOfPlain(way, lab -> {
            Module model = lab.arrange(block(lab), block(lab));
            Tensor batch = lab.input(1, 6, WIDTH);
            lab.step((scope, tape) -> {
                Variable y = model.call(tape.leaf(batch));
                Variable first = loss(y);
                Variable second = Ops.sum(y);
                try (Gradients gradients = tape.backwardRetaining(first)) {
                    lab.put(model, gradients);
                    gradients.clear();
                    tape.backwardRetaining(second);
                    lab.put(model, gradients);
                    tape.backward(first);
                    assertThat(lab.activations()).isZero();
                    lab.put(model, gradients);
                }
            });
            model.buffers().forEach(lab::put);
        });
    }

    @ParameterizedTest
    @EnumSource
    void backwardNever(Way way) {
        try (Lab lab = new Lab(way::arrange)) {
            Module model = lab.arrange(block(lab), block(lab));
            Tensor batch = lab.input(1, 6, WIDTH);
            lab.step((scope, tape) -> {
                model.call(Ops.scale(tape.leaf(batch), 2));
                assertThat(lab.activations()).isPositive();
            });
            assertThat(lab.check.compared()).isZero();
        }
    }

    /** Two small batches in place of a large one. */
    @ParameterizedTest
    @EnumSource
    void gradientsOfTwoTapesAddUp(Way way) {
        assertBitsOfPlain(way, lab -> {
            Module model = lab.arrange(block(lab), block(lab));
            Tensor[] parts = {lab.input(1, 6, WIDTH), lab.input(2, 3, WIDTH)};
            try (Gradients gradients = new Gradients(lab.root)) {
                for (Tensor part : parts) {
                    double share = part.shape().dim(0) / 9.0;
                    try (Tape tape = Tape.builder(lab.root)
                            .gradients(gradients)
                            .share(share)
                            .replayCheck(lab.check)
                            .build()) {
                        tape.backward(loss(model.call(tape.leaf(part))));
                    }
                }
                lab.put(model, gradients);
            }
            model.buffers().forEach(lab::put);
        });
    }
}
