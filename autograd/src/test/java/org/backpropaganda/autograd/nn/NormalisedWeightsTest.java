package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;
import org.junit.jupiter.api.Test;

class NormalisedWeightsTest extends ModuleContract {
    /** Enough for the singular vectors to be exact, as the finite differences take them to be. */
    private static final int ENOUGH = 200;

    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                ModuleCase.of("lengths apart", f -> new WeightNorm(f, new Linear(f, 3, 4, true)), in(2, 3)),
                ModuleCase.of(
                        "lengths apart in a convolution",
                        f -> new WeightNorm(f, new Conv2d(f, 2, 3, Window.square(3, 1, 1), false)),
                        in(1, 3, 4, 2)),
                ModuleCase.of(
                        "lengths apart in a convolution of sequences",
                        f -> new WeightNorm(f, new Conv1d(f, 2, 3, 3, 1, true)),
                        in(1, 4, 2)),
                ModuleCase.of(
                        "singular value one", f -> new SpectralNorm(f, new Linear(f, 3, 2, true), ENOUGH), in(2, 3)),
                ModuleCase.of(
                        "singular value one of a convolution",
                        f -> new SpectralNorm(f, new Conv2d(f, 2, 2, Window.square(2, 1, 0), true), ENOUGH),
                        in(1, 3, 3, 2)));
    }

    private static ParameterFactory factory(TensorScope scope) {
        return new ParameterFactory(scope, DType.DOUBLE, 5);
    }

    private static double[] call(Module module, Tape tape, Tensor x) {
        return module.call(tape.constant(x)).value().toDoubles();
    }

    private static double[] evaluate(Module module, TensorScope scope, Tensor x) {
        try (Tape tape = Tape.inference(scope)) {
            return call(module, tape, x);
        }
    }

    @Test
    void weightNormStartsAsTheLayerAndRowsHaveTheirLengths() {
        try (TensorScope scope = engine().scope("model")) {
            Linear linear = new Linear(factory(scope), 2, 2, true);
            linear.weight().value().set(3, 4, 0, 2);
            Tensor x = scope.allocate(Shape.of(1, 2), DType.DOUBLE).set(1, 10);
            WeightNorm norm = new WeightNorm(factory(scope), linear);
            assertThat(norm.parameters().keySet()).containsExactly("weight_g", "weight", "bias");
            Tensor g = norm.parameters().get("weight_g").value();
            assertThat(g.toDoubles()).containsExactly(5, 2);
            assertThat(evaluate(norm, scope, x)).containsExactly(new double[] {43, 20}, within(1e-12));
            g.set(10, 1);
            linear.weight().value().set(0.3, 0.4, 0, 7);
            assertThat(evaluate(norm, scope, x)).containsExactly(new double[] {86, 10}, within(1e-12));
        }
    }

    @Test
    void weightNormRefusesARowWithoutDirection() {
        try (TensorScope scope = engine().scope("model")) {
            Linear linear = new Linear(factory(scope), 2, 2, false);
            linear.weight().value().set(1, 1, 0, 0);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new WeightNorm(factory(scope), linear))
                    .withMessage("WeightNorm: row 1 of weight [2, 2] is zero and has no direction; draw it from another"
                            + " initializer");
        }
    }

    /** The singular values of [[3, 0], [4, 5]] are √45 and √5. */
    @Test
    void spectralNormDividesByTheLargestSingularValue() {
        try (TensorScope scope = engine().scope("model")) {
            Linear linear = new Linear(factory(scope), 2, 2, false);
            linear.weight().value().set(3, 0, 4, 5);
            SpectralNorm norm = new SpectralNorm(factory(scope), linear);
            Tensor x = scope.allocate(Shape.of(1, 2), DType.DOUBLE).set(1, 1);
            double sigma = Math.sqrt(45);
            assertThat(evaluate(norm, scope, x)).containsExactly(new double[] {3 / sigma, 9 / sigma}, within(1e-12));
            assertThat(norm.parameters().keySet()).containsExactly("weight");
            assertThat(norm.buffers().keySet()).containsExactly("weight_u", "weight_v");
        }
    }

    private static List<double[]> vectors(Module module) {
        return List.of(
                module.buffers().get("weight_u").toDoubles(),
                module.buffers().get("weight_v").toDoubles());
    }

    @Test
    void powerIterationMovesOnceAStepAndInTrainingOnly() {
        try (TensorScope scope = engine().scope("model")) {
            SpectralNorm norm = new SpectralNorm(factory(scope), new Linear(factory(scope), 4, 4, false));
            Tensor weight = norm.parameters().get("weight").value();
            Tensor x = scope.allocate(Shape.of(1, 4), DType.DOUBLE).fill(1);
            for (int step = 0; step < 3; step++) {
                List<double[]> before = vectors(norm);
                evaluate(norm, scope, x);
                assertThat(vectors(norm)).usingRecursiveComparison().isEqualTo(before);
                List<double[]> moved;
                try (Tape tape = Tape.training(scope, step)) {
                    call(norm, tape, x);
                    moved = vectors(norm);
                    call(norm, tape, x);
                }
                try (Tape tape = Tape.training(scope, step)) {
                    call(norm, tape, x);
                }
                assertThat(moved.get(0)).isNotEqualTo(before.get(0));
                assertThat(moved.get(1)).isNotEqualTo(before.get(1));
                assertThat(vectors(norm)).usingRecursiveComparison().isEqualTo(moved);
                double[] written = weight.toDoubles();
                written[step] += 1;
                weight.set(written);
            }
        }
    }

    @Test
    void spectralNormRefusesNoIterations() {
        try (TensorScope scope = engine().scope("model")) {
            Linear linear = new Linear(factory(scope), 2, 2, false);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new SpectralNorm(factory(scope), linear, 0))
                    .withMessage("SpectralNorm: 0 iterations a step are below 1");
        }
    }
}
