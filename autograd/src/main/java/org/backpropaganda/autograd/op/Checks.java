package org.backpropaganda.autograd.op;

import java.util.List;
import java.util.function.Supplier;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
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

    /** The shape rule of losses of scores [B, C] against labels [B], a scalar. */
    static TensorSpec labelled(String op, String scores, List<TensorSpec> inputs) {
        count(op, inputs, 2);
        DType dtype = dtype(op, inputs.subList(0, 1));
        rank(op, scores, inputs.get(0), 2, "[B, C]");
        long rows = inputs.get(0).shape().dim(0);
        require(
                inputs.get(1).equals(new TensorSpec(Shape.of(rows), DType.INT)),
                op,
                "labels " + inputs.get(1) + " must be INT[" + rows + "]");
        return new TensorSpec(Shape.scalar(), dtype);
    }

    /** Checks that a label is a class. */
    static void label(String op, int label, int index, int classes) {
        require(
                label >= 0 && label < classes,
                op,
                "label " + label + " at index " + index + " is not within [0, " + classes + ")");
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
