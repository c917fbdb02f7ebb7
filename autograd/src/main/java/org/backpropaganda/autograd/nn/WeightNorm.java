package org.backpropaganda.autograd.nn;

import java.util.Arrays;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Divide;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Sqrt;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * A layer whose weight is learnt as length and direction of each output's row: {@code w = g v / ‖v‖}. The layer's
 * parameters keep their names, its weight being v; weight_g [O] is added and starts at ‖v‖, so that the wrapped layer
 * computes what the layer did.
 *
 * <p>Source: Salimans and Kingma 2016, "Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep
 * Neural Networks", Eq. (2). Known gaps: no initialization from data (§ 3).
 */
public final class WeightNorm extends UnaryModule {
    private final WeightedLayer layer;
    private final Parameter length;

    /**
     * Wraps a layer, whose weight it takes for v.
     *
     * @throws IllegalArgumentException if a row of the weight is zero
     */
    public <M extends Module & WeightedLayer> WeightNorm(ParameterFactory factory, M layer) {
        this.layer = register("", layer);
        Parameter weight = layer.weight();
        length = register(
                "weight_g",
                factory.create(
                        Shape.of(weight.value().shape().dim(0)),
                        (shape, random) -> Arrays.stream(lengths(weight)).iterator()::nextDouble));
    }

    private static double[] lengths(Parameter weight) {
        double[] values = weight.value().toDoubles();
        int rows = Math.toIntExact(weight.value().shape().dim(0));
        int columns = values.length / rows;
        double[] lengths = new double[rows];
        for (int row = 0; row < rows; row++) {
            double squares = 0;
            for (int column = 0; column < columns; column++) {
                double value = values[row * columns + column];
                squares += value * value;
            }
            if (squares == 0) {
                throw new IllegalArgumentException("WeightNorm: row " + row + " of weight "
                        + weight.value().shape() + " is zero and has no direction; draw it from another initializer");
            }
            lengths[row] = Math.sqrt(squares);
        }
        return lengths;
    }

    @Override
    protected Variable forward(Variable x) {
        Tape tape = x.tape();
        Variable weight = tape.parameter(layer.weight());
        long rows = weight.shape().dim(0);
        Variable v = Reshape.reshape(weight, rows, -1);
        Variable norm = Sqrt.sqrt(Sum.sumKeepingAxes(Multiply.multiply(v, v), 1));
        Variable scale = Divide.divide(Reshape.reshape(tape.parameter(length), rows, 1), norm);
        Variable w = Multiply.multiply(v, scale);
        return layer.callWith(x, Reshape.reshape(w, weight.shape().toArray()));
    }
}
