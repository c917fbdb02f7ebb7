package org.backpropaganda.autograd.testkit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Steps whose loss has a gradient in it, so that backward differentiates twice: what a technique has to give as plain
 * backpropagation does.
 *
 * <pre>{@code
 * SecondOrderStep step = new SecondOrderStep(scope, 1);
 * double error = SecondOrderStep.distance(step.gradientPenalty(checkpointed, x), step.gradientPenalty(plain, x));
 * }</pre>
 *
 * <p>The loss is half the sum of squares of the model's results, one after another.
 */
public final class SecondOrderStep {
    private final TensorScope scope;
    private final long seed;

    /** Steps in a scope, whose random numbers follow from {@code seed}. */
    public SecondOrderStep(TensorScope scope, long seed) {
        this.scope = scope;
        this.seed = seed;
    }

    /**
     * The gradients of the loss plus ‖∂loss/∂x‖² with respect to parameters, by name, and to x, called {@code "input 0"} and on.
     * Source: Gulrajani et al. 2017, "Improved Training of Wasserstein GANs", § 4, without the distance to 1.
     */
    public Map<String, double[]> gradientPenalty(Module model, Tensor... x) {
        return step(model, List.of(x), pass -> {
            Variable loss = pass.loss();
            List<Variable> slopes =
                    pass.tape().differentiate(loss, pass.inputs().toArray(Variable[]::new));
            Variable total = Add.add(pass.loss(), loss);
            for (Variable slope : slopes) {
                total = Add.add(total, Sum.sum(Multiply.multiply(slope, slope)));
            }
            return total;
        });
    }

    /**
     * The product of the Hessian of the loss, with respect to all trainable parameters together, and a vector of random
     * numbers within ±1, by name of the parameter.
     */
    public Map<String, double[]> hessianVectorProduct(Module model, Tensor... x) {
        return step(model, List.of(x), pass -> {
            List<Variable> parameters = new ArrayList<>();
            for (Parameter parameter : model.parameterList()) {
                if (parameter.isTrainable()) {
                    parameters.add(pass.tape().parameter(parameter));
                }
            }
            List<Variable> slopes = pass.tape().differentiate(pass.loss(), parameters.toArray(Variable[]::new));
            SplittableRandom random = new SplittableRandom(seed);
            Variable product = pass.tape()
                    .constant(scope.allocate(pass.loss().shape(), pass.loss().dtype())
                            .zero());
            for (Variable slope : slopes) {
                Tensor direction = scope.allocate(slope.shape(), slope.dtype());
                direction.set(random.doubles(direction.elements(), -1, 1).toArray());
                product = Add.add(
                        product, Sum.sum(Multiply.multiply(slope, pass.tape().constant(direction))));
            }
            return product;
        });
    }

    /** One forward pass. */
    private record Pass(Tape tape, List<Variable> inputs, Variable loss) {}

    private Map<String, double[]> step(Module model, List<Tensor> x, Function<Pass, Variable> objective) {
        Map<String, double[]> found = new LinkedHashMap<>();
        try (Tape tape = Tape.training(scope, seed)) {
            List<Variable> inputs = x.stream().map(tape::leaf).toList();
            Variable loss = null;
            for (Variable result : model.call(inputs)) {
                Variable squares = Sum.sum(Multiply.multiply(result, result));
                loss = loss == null ? squares : Add.add(loss, squares);
            }
            if (loss == null) {
                throw new IllegalArgumentException("second-order step: the model gives no result");
            }
            try (Gradients gradients = tape.backward(objective.apply(new Pass(tape, inputs, loss)))) {
                for (Map.Entry<String, Parameter> named : model.parameters().entrySet()) {
                    Tensor gradient = gradients.of(named.getValue());
                    if (gradient != null) {
                        found.put(named.getKey(), gradient.toDoubles());
                    }
                }
            }
            for (int i = 0; i < inputs.size(); i++) {
                Tensor gradient = tape.gradient(inputs.get(i));
                if (gradient != null) {
                    found.put("input " + i, gradient.toDoubles());
                }
            }
        }
        return found;
    }

    /** The largest ‖a − b‖₂/‖b‖₂ of two tensors of the same name; infinite where a name is missing on either side. */
    public static double distance(Map<String, double[]> a, Map<String, double[]> b) {
        if (!a.keySet().equals(b.keySet())) {
            return Double.POSITIVE_INFINITY;
        }
        double largest = 0;
        for (Map.Entry<String, double[]> named : b.entrySet()) {
            double[] expected = named.getValue();
            double[] actual = Objects.requireNonNull(a.get(named.getKey()));
            double difference = 0;
            double norm = 0;
            for (int i = 0; i < expected.length; i++) {
                difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
                norm += expected[i] * expected[i];
            }
            double distance = Math.sqrt(difference) / Math.max(Math.sqrt(norm), Double.MIN_NORMAL);
            // Not a number is not within any bound.
            largest = distance <= largest ? largest : Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
        }
        return largest;
    }
}
