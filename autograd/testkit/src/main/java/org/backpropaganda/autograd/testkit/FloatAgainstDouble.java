package org.backpropaganda.autograd.testkit;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;

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
}
