package org.backpropaganda.reversible.exact;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.reversible.Coupling;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be undone is refused when it is made, or called. */
class ExactRefusalsTest {

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aFunctionThatChangesShapesIsRefused(Kind kind) {
        try (Engine engine = Engine.withoutMemory();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.training(scope, 1)) {
            ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, 1);
            Coupling coupling = kind.of(() -> new Linear(factory, 4, 3, true), FixedPoint.STANDARD);
            Variable x = tape.leaf(scope.allocate(Shape.of(2, 4), DType.FLOAT));
            assertThatThrownBy(() -> coupling.call(List.of(x, x)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("a branch of " + coupling.getClass().getSimpleName()
                            + " gave FLOAT[2, 3] for a stream of FLOAT[2, 4]");
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.MAX_VALUE})
    void aStepSizeThatIsNotFiniteIsRefused(double h) {
        assertThatThrownBy(() -> new ExactMidpoint(new Sequential(), h))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step size " + h);
    }
}
