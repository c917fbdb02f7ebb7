package org.backpropaganda.synthetic.zeroth;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.backpropaganda.autograd.graph.CallSite;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.NormalNoise;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Directions z ~ N(0, I) in the space of all parameters. They are never stored: an element is a function of the seed, the number
 * of the direction, the parameter's path and the place in it.
 */
final class Directions {
    private final String name;
    private final List<Parameter> parameters;
    private final Set<Parameter> own;

    /**
     * Checks the parameters.
     *
     * @param name of who asks, for errors
     */
    Directions(String name, List<Parameter> parameters, TensorScope scope) {
        if (parameters.isEmpty()) {
            throw new IllegalArgumentException(name + ": no parameters are given; give those of the model");
        }
        this.name = name;
        this.parameters = List.copyOf(parameters);
        this.own = new HashSet<>(parameters);
        Set<String> paths = new HashSet<>();
        Set<Parameter> seen = new HashSet<>();
        for (Parameter parameter : parameters) {
            String refused = refusal(parameter, scope);
            if (!refused.isEmpty()) {
                throw new IllegalArgumentException(name + ": parameter " + parameter + " " + refused);
            }
            if (!seen.add(parameter)) {
                throw new IllegalArgumentException(name + ": parameter " + parameter + " is given twice;"
                        + " Module.parameterList() has each once");
            }
            if (!paths.add(parameter.path())) {
                throw new IllegalArgumentException(name + ": two parameters have the path \"" + parameter.path()
                        + "\" and would move alike; take those of one model, which names them, or name them");
            }
        }
    }

    private static String refusal(Parameter parameter, TensorScope scope) {
        if (!parameter.isTrainable()) {
            return "is frozen; leave it out";
        }
        if (!parameter.value().dtype().isDifferentiable()) {
            return "has no gradients; leave it out";
        }
        return parameter.value().engine() == scope.engine() ? "" : "belongs to another engine than the scope";
    }

    /** Those that are not frozen. */
    List<Parameter> trained() {
        return parameters.stream().filter(Parameter::isTrainable).toList();
    }

    boolean contains(Parameter parameter) {
        return own.contains(parameter);
    }

    private static long key(Parameter parameter, long seed, long number) {
        return CallSite.key(CallSite.key(seed, "direction", Math.toIntExact(number)), parameter.path(), 0);
    }

    private static long[] keys(Parameter parameter, long seed, int count) {
        return LongStream.range(0, count)
                .map(number -> key(parameter, seed, number))
                .toArray();
    }

    /** {@code out = from + distance z} for the parameter's part of direction {@code number}. */
    static void shift(Tensor out, Tensor from, Parameter parameter, long seed, int number, double distance) {
        NormalNoise.add(out, 1, from, new long[] {key(parameter, seed, number)}, new double[] {distance});
    }

    /** {@code Σ gradient z} for the parameter's part of each of the first directions. */
    static double[] dot(Parameter parameter, Tensor gradient, long seed, int count) {
        return NormalNoise.dot(gradient, keys(parameter, seed, count));
    }

    /** {@code θ ← θ − η (Σₛ slopes[s] zₛ / n + λ θ)} for n directions, rounded once. */
    void descend(long seed, double[] slopes, double rate, double decay) {
        if (rate == 0) {
            return;
        }
        double[] scales = new double[slopes.length];
        for (int s = 0; s < scales.length; s++) {
            scales[s] = -rate * slopes[s] / slopes.length;
        }
        for (Parameter parameter : trained()) {
            Tensor value = parameter.value();
            NormalNoise.add(value, 1 - rate * decay, value, keys(parameter, seed, slopes.length), scales);
            value.written(name);
        }
    }

    /** The loss as a number; NaN in an engine without memory. */
    double loss(Tape tape, Variable loss) {
        if (loss.tape() != tape) {
            throw new IllegalArgumentException(
                    name + ": the loss is of another tape; compute it on the one that is given");
        }
        if (loss.shape().elements() != 1) {
            throw new ShapeException(name + ": the loss is " + loss.spec() + ", not one number; take its mean");
        }
        return loss.value().hasValues() ? finite("a loss", loss.value().item()) : Double.NaN;
    }

    /** Refuses what would spoil every weight. */
    double finite(String what, double value) {
        if (!Double.isFinite(value)) {
            throw new ArithmeticException(name + ": " + what + " is " + value
                    + "; no weight was changed: lower the learning rate, or look for what diverges");
        }
        return value;
    }
}
