package org.backpropaganda.autograd.nn;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sigmoid;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.op.Subtract;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.ShapeException;

/**
 * One step of a GRU made of plain ops, for loops that do something between steps: x [B, I], h [B, H] → h. {@link Gru}
 * computes whole sequences in less time and memory.
 */
public final class GruCell extends Module {
    private final CellWeights weights;

    /** Parameters as those of a layer of {@link Gru}. */
    public GruCell(ParameterFactory factory, long inputs, long width, boolean biases) {
        weights = register("", new CellWeights(factory, inputs, width, 3, biases));
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        if (inputs.size() != 2) {
            throw new ShapeException("GruCell: takes x and h, got " + inputs);
        }
        List<Variable> shares = weights.call(inputs);
        long width = shares.get(0).shape().dim(1) / 3;
        List<Variable> ofX = Slice.split(shares.get(0), 1, width, width, width);
        List<Variable> ofH = Slice.split(shares.get(1), 1, width, width, width);
        Variable r = Sigmoid.sigmoid(Add.add(ofX.get(0), ofH.get(0)));
        Variable z = Sigmoid.sigmoid(Add.add(ofX.get(1), ofH.get(1)));
        Variable n = Tanh.tanh(Add.add(ofX.get(2), Multiply.multiply(r, ofH.get(2))));
        return List.of(Add.add(n, Multiply.multiply(z, Subtract.subtract(inputs.get(1), n))));
    }
}
