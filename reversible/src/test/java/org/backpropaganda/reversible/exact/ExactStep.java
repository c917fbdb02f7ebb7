package org.backpropaganda.reversible.exact;

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
import org.backpropaganda.reversible.Coupling;

/** A training step of couplings of one kind. */
final class ExactStep {
    private ExactStep() {}

    /** Outputs, gradients of parameters and inputs, and buffers. */
    static Map<String, double[]> numbers(
            Kind kind, Functions functions, DType dtype, int depth, Function<List<Coupling>, Module> arranged) {
        Map<String, double[]> numbers = new LinkedHashMap<>();
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, dtype, 7);
            List<Coupling> couplings = new ArrayList<>();
            for (int i = 0; i < depth; i++) {
                couplings.add(kind.of(() -> functions.of(factory), FixedPoint.STANDARD));
            }
            Module model = arranged.apply(couplings);
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                List<Variable> entered = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    entered.add(tape.leaf(drawn(scope, functions.shape(), dtype, i)));
                }
                List<Variable> outputs = model.call(entered);
                List<Tensor> cotangents = new ArrayList<>();
                for (Variable output : outputs) {
                    numbers.put("output " + numbers.size(), output.value().toDoubles());
                    cotangents.add(drawn(scope, functions.shape(), dtype, 2L + numbers.size()));
                }
                try (Gradients result = tape.backward(outputs, cotangents)) {
                    model.parameters()
                            .forEach((path, parameter) -> numbers.put(
                                    "gradient of " + path, result.of(parameter).toDoubles()));
                }
                for (int i = 0; i < 2; i++) {
                    numbers.put("input " + i, tape.gradient(entered.get(i)).toDoubles());
                }
            }
            model.buffers().forEach((path, buffer) -> numbers.put("buffer " + path, buffer.toDoubles()));
        }
        return numbers;
    }

    private static Tensor drawn(TensorScope scope, Shape shape, DType dtype, long seed) {
        return scope.allocate(shape, dtype, MemoryKind.INPUT)
                .set(new SplittableRandom(seed).doubles(shape.elements(), -1, 1).toArray());
    }
}
