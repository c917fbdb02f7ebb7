package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.op.LinearCrossEntropy;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Products of the Hessian of a whole model's loss with a vector, against differences of gradients. */
class HessianVectorProductTest {
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-6;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("test");
    private final ParameterFactory factory = new ParameterFactory(scope, DType.DOUBLE, 7);

    @AfterEach
    void close() {
        scope.close();
        assertThat(engine.ledger().liveBytes()).isZero();
        engine.close();
    }

    private interface Loss {
        Variable of(Tape tape);
    }

    @Test
    void ofATransformerThatReadsCharacters() {
        int width = 8;
        Embedding characters = new Embedding(factory, 5, width, Initializer.normal(1));
        AttentionSettings settings = AttentionSettings.heads(2).forCausal().withRotaryPositions(100);
        Module blocks = new Sequential(
                new Residual(new Sequential(
                        new LayerNorm(factory, width), new MultiHeadAttention(factory, width, settings))),
                new Residual(new Sequential(
                        new LayerNorm(factory, width),
                        new Linear(factory, width, 12, true),
                        Activation.geluTanh(),
                        new Linear(factory, 12, width, true))),
                new LayerNorm(factory, width));
        Parameter head = factory.create(Shape.of(5, width), Initializer.normal(1));
        Tensor ids = scope.allocate(Shape.of(2, 4), DType.INT).set(0, 3, 1, 1, 4, 2, 0, 3);
        Tensor targets = scope.allocate(Shape.of(8), DType.INT).set(3, 1, 1, 0, 2, 0, 3, 4);
        List<Parameter> parameters = new ArrayList<>(characters.parameterList());
        parameters.addAll(blocks.parameterList());
        parameters.add(head);
        check(parameters, tape -> {
            Variable read = blocks.call(characters.call(tape.constant(ids)));
            return LinearCrossEntropy.linearCrossEntropy(
                    Reshape.reshape(read, -1, width), tape.parameter(head), tape.constant(targets));
        });
    }

    @Test
    void ofAConvolutionalNetworkWithPools() {
        Module model = new Sequential(
                new Conv2d(factory, 2, 3, Window.square(3, 1, 1), true),
                BatchNorm.withRelu(factory, 3),
                Pool2d.max(Window.square(2, 2, 0)),
                new Conv2d(factory, 3, 4, Window.square(3, 1, 1), true),
                Activation.tanh(),
                Pool2d.average(Window.square(2, 2, 0)),
                Pool2d.globalAverage(),
                new Linear(factory, 4, 3, true));
        double[] pixels = new double[2 * 8 * 4 * 2];
        Arrays.setAll(pixels, i -> Math.sin(5 * i));
        Tensor images = scope.allocate(Shape.of(2, 8, 4, 2), DType.DOUBLE).set(pixels);
        Tensor labels = scope.allocate(Shape.of(2), DType.INT).set(2, 0);
        check(
                model.parameterList(),
                tape -> SoftmaxCrossEntropy.crossEntropy(model.call(tape.constant(images)), tape.constant(labels)));
    }

    /** The layers over whole sequences have none; their cells in a loop do. */
    @Test
    void ofRecurrentCellsInALoop() {
        LstmCell lstm = new LstmCell(factory, 2, 3, true);
        GruCell gru = new GruCell(factory, 3, 3, true);
        Tensor zeros = scope.zeros(Shape.of(2, 3), DType.DOUBLE, MemoryKind.INPUT);
        Tensor x = scope.allocate(Shape.of(2, 2), DType.DOUBLE).set(0.5, -1, 2, 0.25);
        List<Parameter> parameters = new ArrayList<>(lstm.parameterList());
        parameters.addAll(gru.parameterList());
        check(parameters, tape -> {
            List<Variable> state = List.of(tape.constant(zeros), tape.constant(zeros));
            Variable h = tape.constant(zeros);
            for (int t = 0; t < 3; t++) {
                state = lstm.call(List.of(tape.constant(x), state.get(0), state.get(1)));
                h = gru.call(List.of(state.get(0), h)).get(0);
            }
            return Sum.sum(Multiply.multiply(h, h));
        });
    }

    private void check(List<Parameter> parameters, Loss loss) {
        SplittableRandom random = new SplittableRandom(3);
        List<Tensor> vector = new ArrayList<>();
        for (Parameter parameter : parameters) {
            double[] direction =
                    random.doubles(parameter.value().elements(), -1, 1).toArray();
            vector.add(scope.allocate(parameter.value().shape(), DType.DOUBLE).set(direction));
        }
        List<double[]> product = new ArrayList<>();
        try (Tape tape = Tape.training(scope, 1)) {
            Variable[] variables = parameters.stream().map(tape::parameter).toArray(Variable[]::new);
            List<Variable> gradients = tape.differentiate(loss.of(tape), variables);
            try (Gradients second = tape.backward(gradients, vector)) {
                parameters.forEach(p -> product.add(values(second, p)));
            }
        }
        List<double[]> ahead = gradientsAt(parameters, vector, STEP, loss);
        List<double[]> behind = gradientsAt(parameters, vector, -2 * STEP, loss);
        for (int i = 0; i < parameters.size(); i++) {
            double[] expected = new double[ahead.get(i).length];
            for (int j = 0; j < expected.length; j++) {
                expected[j] = (ahead.get(i)[j] - behind.get(i)[j]) / (2 * STEP);
            }
            assertThat(product.get(i)).as("parameter %d", i).containsExactly(expected, within(TOLERANCE));
        }
    }

    /** Moves all parameters along the vector; they stay there. */
    private List<double[]> gradientsAt(List<Parameter> parameters, List<Tensor> vector, double step, Loss loss) {
        for (int i = 0; i < parameters.size(); i++) {
            double[] moved = parameters.get(i).value().toDoubles();
            double[] direction = vector.get(i).toDoubles();
            Arrays.setAll(moved, j -> moved[j] + step * direction[j]);
            parameters.get(i).value().set(moved);
        }
        List<double[]> found = new ArrayList<>();
        try (Tape tape = Tape.training(scope, 1);
                Gradients gradients = tape.backward(loss.of(tape))) {
            parameters.forEach(p -> found.add(values(gradients, p)));
        }
        return found;
    }

    private static double[] values(Gradients gradients, Parameter parameter) {
        return Objects.requireNonNull(gradients.of(parameter)).toDoubles();
    }
}
