package org.backpropaganda.autograd.testkit;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.jspecify.annotations.Nullable;

/** Runs an op in {@code FLOAT} and in {@code DOUBLE} on the same values: for properties. */
public final class FloatAgainstDouble {
    private FloatAgainstDouble() {}

    /**
     * Checks output and gradients.
     *
     * @param tolerance relative to the largest value, or to 1 where that is smaller
     */
    public static void check(OpCase opCase, long seed, double tolerance) {
        try (Engine engine = Engine.builder().threads(2).build();
                OpTrial floats = new OpTrial(engine, opCase, DType.FLOAT, seed);
                OpTrial doubles = new OpTrial(engine, opCase, DType.DOUBLE, seed)) {
            Variable y = floats.forward();
            Variable y0 = doubles.forward();
            Numbers.assertClose("output", y.value().toDoubles(), y0.value().toDoubles(), tolerance);
            Numbers.assertClose(floats.backward(y), doubles.backward(y0), tolerance);
        } catch (AssertionError e) {
            throw new AssertionError(opCase + ", seed " + seed + ": " + e.getMessage(), e);
        }
    }

    /**
     * Checks output and gradients where values may be NaN or infinite: both types are NaN at the same places, and infinite
     * with the same sign.
     *
     * @param calls how often the op is called before the gradients of all calls are summed up
     * @param tolerance of finite values, relative to the largest, or to 1 where that is smaller
     */
    public static void check(Engine engine, OpCase opCase, long seed, int calls, double tolerance) {
        try (OpTrial floats = new OpTrial(engine, opCase, DType.FLOAT, seed);
                OpTrial doubles = new OpTrial(engine, opCase, DType.DOUBLE, seed)) {
            Variable[] y = calls(floats, calls);
            Variable[] y0 = calls(doubles, calls);
            Numbers.assertAlike(
                    "output", y[0].value().toDoubles(), y0[0].value().toDoubles(), tolerance);
            List<double @Nullable []> gradients = floats.backward(y);
            List<double @Nullable []> expected = doubles.backward(y0);
            for (int i = 0; i < expected.size(); i++) {
                Numbers.assertAlike("gradient of input " + i, gradients.get(i), expected.get(i), tolerance);
            }
        } catch (AssertionError e) {
            throw new AssertionError("FLOAT against DOUBLE, " + opCase + ", seed " + seed + ": " + e.getMessage(), e);
        }
    }

    private static Variable[] calls(OpTrial trial, int calls) {
        return Stream.generate(trial::forward).limit(calls).toArray(Variable[]::new);
    }
}
