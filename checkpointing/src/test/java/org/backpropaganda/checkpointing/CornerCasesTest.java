package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.checkpointing.Lab.WIDTH;
import static org.backpropaganda.checkpointing.Lab.assertBitsOfPlain;
import static org.backpropaganda.checkpointing.Lab.block;
import static org.backpropaganda.checkpointing.Lab.loss;
import static org.backpropaganda.checkpointing.Lab.trained;

import java.util.List;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Embedding;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.op.TopK;
import org.backpropaganda.autograd.op.Where;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What users of other libraries found broken in checkpoints: every bit is that of plain backpropagation. */
class CornerCasesTest {

    /** A low-rank adapter beside a frozen layer, and an input that needs no gradient: none may be lost. */
    @ParameterizedTest
    @EnumSource
    void anAdapterOfAFrozenModel(Way way) {
        assertBitsOfPlain(way, lab -> {
            Linear[] bases = new Linear[2];
            Module[] adapted = new Module[2];
            for (int i = 0; i < 2; i++) {
                Linear base = new Linear(lab.factory, WIDTH, WIDTH, true);
                Linear down = new Linear(lab.factory, WIDTH, 1, false);
                Linear up = new Linear(lab.factory, 1, WIDTH, false);
                bases[i] = base;
                adapted[i] = new Block(
                        x -> List.of(Ops.tanh(Ops.plus(base.call(x.get(0)), up.call(down.call(x.get(0)))))),
                        base,
                        down,
                        up);
            }
            Module model = lab.arrange(adapted);
            bases[0].freeze();
            bases[1].freeze();
            Tensor batch = lab.input(1, 3, WIDTH);
            lab.step((scope, tape) -> {
                Variable loss = loss(model.call(tape.constant(batch)));
                try (Gradients gradients = tape.backward(loss)) {
                    assertThat(gradients.parameters()).hasSize(4);
                    lab.put(model, gradients);
                }
            });
        });
    }

    @ParameterizedTest
    @EnumSource
    void aFrozenModelHasTheGradientOfItsInput(Way way) {
        assertBitsOfPlain(way, lab -> {
            Module first = block(lab);
            Module second = block(lab);
            first.freeze();
            second.freeze();
            trained(lab, tape -> {}, first, second);
        });
    }

    /** What is frozen to an input without a gradient ends the way back. */
    @ParameterizedTest
    @EnumSource
    void aFrozenBeginning(Way way) {
        assertBitsOfPlain(way, lab -> {
            Module first = block(lab);
            Module second = block(lab);
            Module model = lab.arrange(first, second, block(lab), block(lab));
            first.freeze();
            second.freeze();
            Tensor batch = lab.input(1, 6, WIDTH);
            lab.step((scope, tape) -> lab.backward(tape, loss(model.call(tape.constant(batch))), model));
            model.buffers().forEach(lab::put);
        });
    }

    /** Reads a weight of a layer that stands elsewhere. */
    private static Module reading(Linear tied) {
        return new Activation(x -> Ops.matmul(x, x.tape().parameter(tied.weight())));
    }

    /** Each gradient is handed over as soon as it is complete, and changes its weight before the next is. */
    @ParameterizedTest
    @EnumSource
    void weightsThatMoveDuringBackward(Way way) {
        assertBitsOfPlain(way, lab -> {
            Linear tied = new Linear(lab.factory, WIDTH, WIDTH, true);
            Linear tiedInside = new Linear(lab.factory, WIDTH, WIDTH, true);
            Module within = reading(tiedInside);
            Module inside = new Block(
                    x -> x.get(0)
                            .tape()
                            .apply(new CheckpointSegment(UnaryOperator.identity(), within::call, List.of()), x),
                    within);
            Module last = new Sequential(Activation.tanh(), tied, tiedInside);
            Module model = lab.arrange(block(lab), inside, reading(tied), block(lab), last);
            Tensor batch = lab.input(1, 6, WIDTH);
            try (Gradients gradients = Gradients.handedOver(lab.root, (parameter, gradient) -> {
                parameter.value().withArray(w -> gradient.withArray(w::subi));
                parameter.value().written("optimizer");
                return true;
            })) {
                try (Tape tape = Tape.builder(lab.root)
                        .gradients(gradients)
                        .replayCheck(lab.check)
                        .build()) {
                    tape.backward(loss(model.call(tape.leaf(batch))));
                }
            }
            model.parameters().forEach((name, parameter) -> lab.put(name, parameter.value()));
        });
    }

    /** Nothing needs a gradient: nothing is held, and the result needs none either. */
    @ParameterizedTest
    @EnumSource
    void aFrozenModelOfAnInputWithoutGradientKeepsNothing(Way way) {
        try (Lab lab = new Lab(way::arrange)) {
            Module model = lab.arrange(block(lab), block(lab));
            model.freeze();
            Tensor batch = lab.input(1, 3, WIDTH);
            lab.step((scope, tape) -> {
                Variable y = model.call(tape.constant(batch));
                assertThat(y.requiresGradient()).isFalse();
                assertThat(lab.activations()).isZero();
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneOfSeveralResultsIsUnused(Way way) {
        assertBitsOfPlain(way, lab -> {
            Linear line = new Linear(lab.factory, WIDTH, WIDTH, true);
            Linear unused = new Linear(lab.factory, WIDTH, WIDTH, true);
            Module model = lab.arrange(
                    Activation.tanh(),
                    new Block(
                            x -> List.of(Ops.tanh(line.call(x.get(0))), unused.call(x.get(0)), Ops.exp(x.get(0))),
                            line,
                            unused));
            Tensor batch = lab.input(1, 3, WIDTH);
            lab.step((scope, tape) -> {
                Variable x = tape.leaf(batch);
                List<Variable> y = model.call(List.of(x));
                lab.backward(tape, Ops.plus(loss(y.get(0)), Ops.sum(y.get(2))), model);
                lab.put("x", tape.gradient(x));
            });
        });
    }

    @ParameterizedTest
    @EnumSource
    void anInputPassesThrough(Way way) {
        assertBitsOfPlain(way, lab -> {
            Linear line = new Linear(lab.factory, WIDTH, WIDTH, true);
            Block passing = new Block(x -> List.of(Ops.tanh(line.call(x.get(0))), x.get(0)), line);
            Block product = new Block(x -> List.of(Ops.times(x.get(0), x.get(1)), x.get(1)));
            Module model = lab.arrange(passing, product);
            Tensor batch = lab.input(1, 3, WIDTH);
            lab.step((scope, tape) -> {
                Variable x = tape.leaf(batch);
                List<Variable> y = model.call(List.of(x));
                lab.backward(tape, loss(Ops.times(Ops.plus(y.get(0), y.get(1)), x)), model);
                lab.put("x", tape.gradient(x));
            });
        });
    }

    @ParameterizedTest
    @EnumSource
    void indicesAndMasksHaveNoGradients(Way way) {
        assertBitsOfPlain(way, lab -> {
            Embedding table = new Embedding(lab.factory, 5, WIDTH);
            Block looking = new Block(x -> List.of(Ops.times(table.call(x.get(0)), x.get(2)), x.get(1)), table);
            Block masked = new Block(x -> List.of(Where.where(x.get(1), x.get(0), Ops.tanh(x.get(0)))));
            Module model = lab.arrange(looking, masked);
            Tensor ids = lab.integers(3, 0, 3);
            Tensor mask = lab.integers(1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0);
            Tensor batch = lab.input(1, 3, WIDTH);
            lab.step((scope, tape) -> {
                Variable x = tape.leaf(batch);
                Variable chosen = Ops.reshape(tape.constant(mask), 3, WIDTH);
                lab.backward(tape, loss(model.call(List.of(tape.constant(ids), chosen, x))), model);
                lab.put("x", tape.gradient(x));
            });
        });
    }

    /** The largest elements and where they lie: the second has no gradient. */
    @ParameterizedTest
    @EnumSource
    void aResultOfIntegers(Way way) {
        assertBitsOfPlain(way, lab -> {
            Linear line = new Linear(lab.factory, WIDTH, WIDTH, true);
            Module model = lab.arrange(
                    Activation.tanh(),
                    new Block(
                            x -> {
                                Tape.Applied found = TopK.topK(line.call(x.get(0)), 2, true);
                                Variable places =
                                        x.get(0).tape().constant(found.results().get(0));
                                return List.of(places, found.output());
                            },
                            line));
            Tensor batch = lab.input(1, 3, WIDTH);
            lab.step((scope, tape) -> {
                List<Variable> y = model.call(List.of(tape.leaf(batch)));
                assertThat(y.get(0).requiresGradient()).isFalse();
                lab.put("places", y.get(0).value());
                lab.backward(tape, loss(y.get(1)), model);
            });
        });
    }

    /** Beside something else that is: what it kept is let go, and it is not computed again. */
    @ParameterizedTest
    @EnumSource
    void noResultIsUsed(Way way) {
        try (Lab lab = new Lab(way::arrange)) {
            Module model = lab.arrange(block(lab), block(lab));
            Tensor batch = lab.input(1, 6, WIDTH);
            lab.step((scope, tape) -> {
                Variable x = tape.leaf(batch);
                assertThat(model.call(x).requiresGradient()).isTrue();
                try (Gradients gradients = tape.backward(loss(x))) {
                    assertThat(gradients.parameters()).isEmpty();
                }
                assertThat(lab.activations()).isZero();
                assertThat(tape.gradient(x)).isNotNull();
            });
            assertThat(lab.check.compared()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBlockThatOverwritesItsInput(Way way) {
        assertBitsOfPlain(way, lab -> {
            Module model = lab.arrange(
                    LeakyRelu.inPlace(0.5), new Residual(new Sequential(LeakyRelu.inPlace(0.25), block(lab))));
            Tensor batch = lab.input(1, 6, WIDTH);
            lab.step((scope, tape) -> {
                Variable x = tape.leaf(batch);
                lab.backward(tape, loss(model.call(Ops.scale(x, -2))), model);
                lab.put("x", tape.gradient(x));
            });
        });
    }

    /** The branch follows from the values, so that the replay takes it again. */
    @ParameterizedTest
    @EnumSource
    void aBranchThatFollowsFromTheInput(Way way) {
        assertBitsOfPlain(way, lab -> {
            Linear line = new Linear(lab.factory, WIDTH, WIDTH, true);
            Block branching = new Block(
                    x -> {
                        Variable y = line.call(x.get(0));
                        return List.of(y.value().toDoubles()[0] > 0 ? Ops.tanh(y) : Ops.square(y));
                    },
                    line);
            trained(lab, tape -> {}, branching, block(lab));
        });
    }
}
