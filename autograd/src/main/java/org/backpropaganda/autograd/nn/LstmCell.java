package org.backpropaganda.autograd.nn;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sigmoid;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.ShapeException;

/**
 * One step of an LSTM made of plain ops, for loops that do something between steps: x [B, I], h and c [B, H] → h, c.
 * {@link Lstm} computes whole sequences in less time and memory.
 */
public final class LstmCell extends Module {
    private final CellWeights weights;

    /** Parameters as those of a layer of {@link Lstm}. */
    public LstmCell(ParameterFactory factory, long inputs, long width, boolean biases) {
        weights = register("", new CellWeights(factory, inputs, width, 4, biases));
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        if (inputs.size() != 3) {
            throw new ShapeException("LstmCell: takes x, h and c, got " + inputs);
        }
        List<Variable> shares = weights.call(inputs.subList(0, 2));
        Variable sums = Add.addInPlace(shares.get(0), shares.get(1));
        long width = sums.shape().dim(1) / 4;
        List<Variable> gates = Slice.split(sums, 1, width, width, width, width);
        Variable i = Sigmoid.sigmoid(gates.get(0));
        Variable f = Sigmoid.sigmoid(gates.get(1));
        Variable g = Tanh.tanh(gates.get(2));
        Variable o = Sigmoid.sigmoid(gates.get(3));
        Variable c = Add.add(Multiply.multiply(f, inputs.get(2)), Multiply.multiply(i, g));
        return List.of(Multiply.multiply(o, Tanh.tanh(c)), c);
    }
}
