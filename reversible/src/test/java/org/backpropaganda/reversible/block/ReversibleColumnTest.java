package org.backpropaganda.reversible.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.ReversibleSequence;
import org.backpropaganda.reversible.Trained;
import org.backpropaganda.reversible.Trained.Input;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReversibleColumnTest {
    /** {@code below + factor · above}. */
    private static final class Fused extends Module {
        private final double factor;

        Fused(double factor) {
            this.factor = factor;
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return List.of(Add.add(inputs.get(0), Scale.scale(inputs.get(1), factor)));
        }
    }

    private static Module times(double factor) {
        return new Activation(x -> Scale.scale(x, factor));
    }

    private static ReversibleColumn column(ParameterFactory factory) {
        return new ReversibleColumn(factory, List.of(new Fused(10), new Fused(100), times(3)), 1, 1, 1);
    }

    private static Input number(double value) {
        return Input.of(Shape.of(1, 1), value);
    }

    /** c1′ = c1/2 + x + 10 c2, c2′ = c2/2 + c1′ + 100 c3, c3′ = c3/2 + 3 c2′. */
    @Test
    void levelsReadTheNewBelowAndTheOldAbove() {
        List<double[]> y = Trained.outputs(ReversibleColumnTest::column, number(2), number(4), number(6), number(7));
        assertThat(y).extracting(each -> each[0]).containsExactly(48.0, 650.0, 1953.0, 7.0);
    }

    /** y = α c + x; dα = c dy where |α| ≥ 0.001, and 0 nearer to zero. */
    @ParameterizedTest
    @CsvSource({
        "0.5,    0.5,    1",
        "-0.5,   -0.5,   1",
        "0.001,  0.001,  1",
        "-0.001, -0.001, 1",
        "0.0004, 0.001,  0",
        "0,      0.001,  0",
        "-0.0004, -0.001, 0"
    })
    void scalesAreHeldFromZero(double alpha, double held, double share) {
        Trained step = Trained.step(
                factory -> {
                    ReversibleColumn column = new ReversibleColumn(factory, List.of(times(1)), 1);
                    column.parameters().get("level1.alpha").value().set(alpha);
                    return new ReversibleSequence(List.of(column));
                },
                number(3),
                number(4));
        double slope = Trained.slopes(1)[0];
        assertThat(step.outputs().get(0)[0]).isCloseTo(held * 3 + 4, Offset.offset(1e-15));
        assertThat(step.gradients().get("0.level1.alpha")[0]).isCloseTo(share * 3 * slope, Offset.offset(1e-12));
        assertThat(step.gradients().get("input 0")[0]).isCloseTo(held * slope, Offset.offset(1e-15));
    }

    @Test
    void eachLevelNeedsAFunctionAndItsChannels() {
        assertThatThrownBy(() ->
                        Trained.outputs(factory -> new ReversibleColumn(factory, List.of(times(1)), 1, 2), number(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "ReversibleColumn: 1 functions and channels of 2 levels; give both for every level, at least"
                                + " one");
        assertThatThrownBy(() -> Trained.outputs(factory -> new ReversibleColumn(factory, List.of()), number(1)))
                .hasMessageContaining("at least one");
    }
}
