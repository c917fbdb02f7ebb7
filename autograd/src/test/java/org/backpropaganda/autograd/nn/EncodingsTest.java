package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;
import org.junit.jupiter.api.Test;

class EncodingsTest extends ModuleContract {
    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                ModuleCase.of("waves", f -> new SinusoidalEncoding(f, 7, 4), in(2, 5, 4)),
                ModuleCase.of("waves of all positions", f -> new SinusoidalEncoding(f, 5, 3), in(5, 3)),
                ModuleCase.of("learnt", f -> new LearntEncoding(f, 4, 3), in(2, 3, 3)),
                ModuleCase.of("learnt, all positions", f -> new LearntEncoding(f, 3, 3), in(2, 3, 3)));
    }

    private double[] encoded(Module encoding, TensorScope scope, long... dims) {
        try (Tape tape = Tape.inference(scope)) {
            Variable zeros =
                    tape.constant(scope.allocate(Shape.of(dims), DType.DOUBLE).fill(0));
            return encoding.call(zeros).value().toDoubles();
        }
    }

    /** With four columns the waves are p and p / 100. */
    @Test
    void wavesAreThoseOfThePaper() {
        try (TensorScope scope = engine().scope("model")) {
            Module waves = new SinusoidalEncoding(new ParameterFactory(scope, DType.DOUBLE, 1), 100, 4);
            double[] rows = encoded(waves, scope, 3, 4);
            assertThat(rows)
                    .containsExactly(
                            new double[] {
                                0,
                                1,
                                0,
                                1,
                                Math.sin(1),
                                Math.cos(1),
                                Math.sin(0.01),
                                Math.cos(0.01),
                                Math.sin(2),
                                Math.cos(2),
                                Math.sin(0.02),
                                Math.cos(0.02)
                            },
                            within(1e-15));
            assertThat(waves.parameters()).isEmpty();
            assertThat(waves.buffers()).isEmpty();
        }
    }

    @Test
    void learntRowsAreAdded() {
        try (TensorScope scope = engine().scope("model")) {
            LearntEncoding learnt = new LearntEncoding(new ParameterFactory(scope, DType.DOUBLE, 1), 3, 2);
            learnt.weight().value().set(1, 2, 3, 4, 5, 6);
            assertThat(encoded(learnt, scope, 2, 2, 2)).containsExactly(1, 2, 3, 4, 1, 2, 3, 4);
        }
    }

    @Test
    void refuseWhatIsTooLongOrOfAnotherWidth() {
        try (TensorScope scope = engine().scope("model")) {
            ParameterFactory factory = new ParameterFactory(scope, DType.DOUBLE, 1);
            for (Module encoding : List.of(new SinusoidalEncoding(factory, 3, 2), new LearntEncoding(factory, 3, 2))) {
                for (long[] dims : new long[][] {{4, 2}, {3, 3}, {2}}) {
                    assertThatThrownBy(() -> encoded(encoding, scope, dims))
                            .isInstanceOf(ShapeException.class)
                            .hasMessage(encoding.getClass().getSimpleName() + ": x " + Shape.of(dims)
                                    + " must be [..., L, 2], L at most 3");
                }
            }
        }
    }
}
