package org.backpropaganda.reversible;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * What a step of a module tells: the same maker and inputs, the same numbers.
 *
 * @param outputs values
 * @param gradients by the path of a parameter, or {@code "input 0"}
 * @param savedBytes between forward and backward
 */
public record Trained(List<double[]> outputs, Map<String, double[]> gradients, long savedBytes) {

    /** Numbers of a shape. */
    public static final class Input {
        private final DType dtype;
        private final Shape shape;
        private final boolean differentiable;
        private final double[] values;

        /** All of them, row-major. */
        public Input(DType dtype, Shape shape, double... values) {
            this(dtype, shape, dtype.isDifferentiable(), values);
        }

        private Input(DType dtype, Shape shape, boolean differentiable, double... values) {
            this.dtype = dtype;
            this.shape = shape;
            this.differentiable = differentiable;
            this.values = values;
        }

        /** The same, which needs no gradient. */
        public Input constant() {
            return new Input(dtype, shape, false, values);
        }

        public DType dtype() {
            return dtype;
        }

        public Shape shape() {
            return shape;
        }

        public double[] values() {
            return values.clone();
        }

        /** Drawn from (−1, 1). */
        public static Input random(DType dtype, long seed, long... sizes) {
            Shape shape = Shape.of(sizes);
            return new Input(
                    dtype,
                    shape,
                    new SplittableRandom(seed).doubles(shape.elements(), -1, 1).toArray());
        }

        /** In {@code DOUBLE}. */
        public static Input of(Shape shape, double... values) {
            return new Input(DType.DOUBLE, shape, values);
        }

        Tensor tensor(TensorScope scope) {
            return scope.allocate(shape, dtype, MemoryKind.INPUT).set(values);
        }
    }

    /** One step whose outputs all get random gradients. */
    public static Trained step(Function<ParameterFactory, ? extends Module> maker, Input... inputs) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Module model = maker.apply(new ParameterFactory(root, inputs[0].dtype(), 7));
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                List<Variable> x = new ArrayList<>();
                for (Input input : inputs) {
                    Tensor tensor = input.tensor(scope);
                    x.add(input.differentiable ? tape.leaf(tensor) : tape.constant(tensor));
                }
                List<Variable> y = model.call(x);
                long saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
                List<double[]> outputs =
                        y.stream().map(each -> each.value().toDoubles()).toList();
                List<Variable> differentiable =
                        y.stream().filter(Variable::requiresGradient).toList();
                List<Tensor> slopes = differentiable.stream()
                        .map(each -> scope.allocate(each.shape(), each.dtype())
                                .set(slopes(each.shape().elements())))
                        .toList();
                Map<String, double[]> gradients = new LinkedHashMap<>();
                try (Gradients result = tape.backward(differentiable, slopes)) {
                    assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
                    model.parameters().forEach((path, parameter) -> {
                        Tensor gradient = result.of(parameter);
                        if (gradient != null) {
                            gradients.put(path, gradient.toDoubles());
                        }
                    });
                }
                for (int i = 0; i < x.size(); i++) {
                    if (x.get(i).requiresGradient()) {
                        gradients.put("input " + i, tape.gradient(x.get(i)).toDoubles());
                    }
                }
                return new Trained(outputs, gradients, saved);
            }
        }
    }

    /** The gradient that an output of so many elements gets. */
    public static double[] slopes(long elements) {
        return new SplittableRandom(11).doubles(elements, -1, 1).toArray();
    }

    /** Outputs alone, evaluated. */
    public static List<double[]> outputs(Function<ParameterFactory, ? extends Module> maker, Input... inputs) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("");
                Tape tape = Tape.inference(root)) {
            Module model = maker.apply(new ParameterFactory(root, inputs[0].dtype(), 7));
            List<Variable> x = new ArrayList<>();
            for (Input input : inputs) {
                x.add(tape.constant(input.tensor(root)));
            }
            return model.call(x).stream().map(y -> y.value().toDoubles()).toList();
        }
    }

    /** The largest ‖g−g₀‖₂/‖g₀‖₂ of all gradients, which must be of the same parameters and inputs. */
    public double gradientError(Trained expected) {
        assertThat(gradients.keySet()).isEqualTo(expected.gradients.keySet());
        double worst = 0;
        for (Map.Entry<String, double[]> entry : expected.gradients.entrySet()) {
            double[] g0 = entry.getValue();
            double[] g = gradients.get(entry.getKey());
            double difference = 0;
            double norm = 0;
            for (int i = 0; i < g0.length; i++) {
                difference += Math.pow(g[i] - g0[i], 2);
                norm += Math.pow(g0[i], 2);
            }
            worst = Math.max(worst, Math.sqrt(difference / Math.max(norm, 1e-300)));
        }
        return worst;
    }
}
