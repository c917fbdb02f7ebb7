package org.backpropaganda.autograd.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GradientCheckTest {
    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope scope = engine.scope("test");
    private final GradientCheck check = GradientCheck.seeded(3);

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor random(long... dims) {
        Tensor tensor = scope.allocate(Shape.of(dims), DType.DOUBLE);
        return tensor.set(
                new SplittableRandom(5).doubles(tensor.elements(), -1, 1).toArray());
    }

    /** The square, whose gradient is wrong at one element. */
    private record WrongSquare(int wrongAt) implements Op {
        @Override
        public TensorSpec infer(List<TensorSpec> inputs) {
            return inputs.get(0);
        }

        @Override
        public Saves saves(Operands operands) {
            return Saves.none().input(0);
        }

        @Override
        public void forward(ForwardCall call) {
            HostLoop.run(
                    1,
                    (a, from, count) -> {},
                    (a, from, count) -> {
                        for (int i = 0; i < count; i++) {
                            a[0][i] = a[1][i] * a[1][i];
                        }
                    },
                    call.output(),
                    call.input(0));
        }

        @Override
        public void vjp(BackwardCall call) {
            double[] x = call.input(0).toDoubles();
            double[] dx = call.dy().toDoubles();
            for (int i = 0; i < dx.length; i++) {
                dx[i] *= 2 * x[i] * (i == wrongAt ? 1.01 : 1);
            }
            call.give(0, call.temporary(call.dy().shape(), DType.DOUBLE).set(dx));
        }
    }

    @Test
    void passesWhatIsRight() {
        GradientReport report = check.check(
                x -> Add.add(Multiply.multiply(x.get(0), x.get(1)), Tanh.tanh(x.get(0))), random(2, 3), random(3));
        assertThat(report.passed()).isTrue();
        assertThat(report.entries()).extracting(GradientReport.Entry::name).containsExactly("input 0", "input 1");
        assertThat(report.orThrow().worst().relativeError()).isLessThan(1e-7);
    }

    @Test
    void findsTheWrongElement() {
        GradientReport report = check.check(x -> x.get(0).tape().apply(new WrongSquare(4), x.get(0)), random(2, 3));
        assertThat(report.passed()).isFalse();
        GradientReport.Entry worst = report.worst();
        assertThat(worst.index()).isEqualTo(4);
        assertThat(worst.analytic() / worst.numeric()).isCloseTo(1.01, within(1e-6));
        assertThatThrownBy(report::orThrow)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("seed 3")
                .hasMessageContaining("input 0 DOUBLE[2, 3], element 4: backward says");
    }

    @Test
    void findsTheWrongElementOfALargeInputByDirections() {
        GradientReport report = check.check(x -> x.get(0).tape().apply(new WrongSquare(77), x.get(0)), random(20, 20));
        assertThat(report.passed()).isFalse();
        assertThat(report.worst().index()).isEqualTo(-1);
        assertThat(report.toString()).contains("a random direction");
        assertThat(check.check(x -> Tanh.tanh(x.get(0)), random(20, 20)).passed())
                .isTrue();
    }

    @Test
    void repeatsToTheBit() {
        Tensor x = random(20, 20);
        assertThat(check.check(v -> Tanh.tanh(v.get(0)), x)).isEqualTo(check.check(v -> Tanh.tanh(v.get(0)), x));
    }

    @Test
    void aStepAcrossAKinkIsTriedAgain() {
        Tensor x = random(3).set(4e-6, -4e-6, 1);
        assertThat(check.check(v -> Relu.relu(v.get(0)), x).passed()).isTrue();
    }

    @Test
    void anUnusedInputHasNoGradient() {
        GradientReport report = check.check(x -> Tanh.tanh(x.get(0)), random(2), random(2));
        assertThat(report.passed()).isTrue();
        assertThat(report.entries().get(1).analytic()).isZero();
    }

    @Test
    void theIdentityIsDifferentiable() {
        assertThat(check.check(new Sequential(), random(3)).passed()).isTrue();
    }

    @Test
    void severalOutputs() {
        assertThat(check.checkAll(x -> Slice.split(x.get(0), 1, 1, 2), random(2, 3))
                        .passed())
                .isTrue();
    }

    @Test
    void leavesAModuleAsItWas() {
        ParameterFactory factory = new ParameterFactory(scope, DType.DOUBLE, 1);
        BatchNorm norm = new BatchNorm(factory, 4);
        Module model = new Sequential(new Linear(factory, 3, 4, true), norm, new Dropout(0.5));
        List<double[]> before =
                model.parameterList().stream().map(p -> p.value().toDoubles()).toList();
        long live = engine.ledger().liveBytes();
        Tensor x = random(6, 3);
        GradientReport report = check.check(model, x).orThrow();
        assertThat(report.entries())
                .extracting(GradientReport.Entry::name)
                .containsExactly("input 0", "0.weight", "0.bias", "1.weight", "1.bias");
        assertThat(model.parameterList().stream().map(p -> p.value().toDoubles()))
                .usingRecursiveComparison()
                .isEqualTo(before);
        assertThat(norm.statistics().mean().toDoubles()).containsOnly(0);
        assertThat(norm.statistics().variance().toDoubles()).containsOnly(1);
        assertThat(engine.ledger().liveBytes()).isEqualTo(live + x.bytes());
        assertThat(check.evaluating().check(model, x).passed()).isTrue();
    }

    @Test
    void needsDoubles() {
        Tensor x = scope.allocate(Shape.of(2), DType.FLOAT).fill(1);
        assertThatThrownBy(() -> check.check(v -> Tanh.tanh(v.get(0)), x))
                .isInstanceOf(ShapeException.class)
                .hasMessage(
                        "gradient check: input 0 is FLOAT[2]; finite differences need DOUBLE, make it so or a constant");
        assertThatThrownBy(() -> check.check(v -> Tanh.tanh(v.get(0)))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> check.step(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
