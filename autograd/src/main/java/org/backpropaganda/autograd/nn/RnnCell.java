package org.backpropaganda.autograd.nn;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.op.Rnn.Nonlinearity;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.ShapeException;

/**
 * One step of a plain recurrent cell made of plain ops, for loops that do something between steps: x [B, I], h [B, H] → h.
 * {@link Rnn} computes whole sequences in less time and memory.
 */
public final class RnnCell extends Module {
    private final CellWeights weights;
    private final Nonlinearity nonlinearity;

    /** Parameters as those of a layer of {@link Rnn}. */
    public RnnCell(ParameterFactory factory, long inputs, long width, Nonlinearity nonlinearity, boolean biases) {
        weights = register("", new CellWeights(factory, inputs, width, 1, biases));
        this.nonlinearity = nonlinearity;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        if (inputs.size() != 2) {
            throw new ShapeException("RnnCell: takes x and h, got " + inputs);
        }
        List<Variable> shares = weights.call(inputs);
        Variable sum = Add.addInPlace(shares.get(0), shares.get(1));
        return List.of(nonlinearity == Nonlinearity.TANH ? Tanh.tanh(sum) : Relu.relu(sum));
    }
}
