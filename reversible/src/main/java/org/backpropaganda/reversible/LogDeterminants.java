package org.backpropaganda.reversible;

import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Expand;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/** Logarithms of determinants of the maps of single samples, [B]. */
final class LogDeterminants {
    private LogDeterminants() {}

    /** Of a map that multiplies each element of a stream by a number: the sum of the logarithms. */
    static Variable ofElements(Variable logarithms, Shape stream) {
        Variable all = logarithms.shape().equals(stream) ? logarithms : Expand.expand(logarithms, stream);
        int[] axes = IntStream.range(1, stream.rank()).toArray();
        return axes.length == 0 ? all : Sum.sum(all, axes);
    }

    /** Of a map that multiplies all elements of a stream by one number. */
    static Variable constant(Variable stream, double logarithm) {
        long samples = stream.shape().dim(0);
        long elements = stream.shape().elements() / samples;
        return fill(stream, samples, logarithm * elements);
    }

    /** 0 for each sample. */
    static Variable zeros(Variable stream) {
        return fill(stream, stream.shape().dim(0), 0);
    }

    private static Variable fill(Variable stream, long samples, double value) {
        Tensor filled = stream.tape()
                .scope()
                .allocate(Shape.of(samples), stream.value().dtype())
                .fill(value);
        Variable constant = stream.tape().constant(filled);
        filled.close();
        return constant;
    }
}
