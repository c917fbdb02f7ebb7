package org.backpropaganda.autograd.op;

import java.util.List;
import java.util.function.Supplier;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** What every shape rule asks first. */
final class Checks {
    private Checks() {}

    static void count(String op, List<TensorSpec> inputs, int count) {
        if (inputs.size() != count) {
            throw new ShapeException(op + ": takes " + count + " inputs, got " + inputs.size() + ": " + inputs);
        }
    }

    /** All inputs have one differentiable element type, which is returned. */
    static DType dtype(String op, List<TensorSpec> inputs) {
        DType dtype = inputs.get(0).dtype();
        for (TensorSpec input : inputs) {
            if (input.dtype() != dtype || !dtype.isDifferentiable()) {
                throw new ShapeException(op + ": inputs " + inputs + " must share one element type, FLOAT or DOUBLE");
            }
        }
        return dtype;
    }

    static void rank(String op, String what, TensorSpec spec, int rank, String layout) {
        if (spec.shape().rank() != rank) {
            throw new ShapeException(op + ": " + what + " " + spec + " must be " + layout);
        }
    }

    /** Puts the op's name in front of errors that come from a shape or a window. */
    static <T> T named(String op, Supplier<T> rule) {
        try {
            return rule.get();
        } catch (ShapeException e) {
            throw new ShapeException(op + ": " + e.getMessage());
        }
    }

    static void require(boolean condition, String op, String message) {
        if (!condition) {
            throw new ShapeException(op + ": " + message);
        }
    }
}
