package org.backpropaganda.reversible.recurrent;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Sigmoid;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.op.Tanh;

/**
 * What one half of a state [B, n] and an input [B, I] say of the other half: the forget gate z, and (1 − z) ⊙ g. Linear maps:
 * input (of x, in the order z, r, g, with bias), gates (of the half, z and r), candidate (of r ⊙ half).
 */
final class GruHalf extends Module {
    private final Linear input;
    private final Linear gates;
    private final Linear candidate;
    private final long width;
    private final double least;

    GruHalf(ParameterFactory factory, long inputs, long width, double least) {
        Initializer initializer = Initializer.uniform(1 / Math.sqrt(2.0 * width));
        this.input = register("input", new Linear(factory, inputs, 3 * width, true, initializer));
        this.gates = register("gates", new Linear(factory, width, 2 * width, false, initializer));
        this.candidate = register("candidate", new Linear(factory, width, width, false, initializer));
        this.width = width;
        this.least = least;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Variable half = inputs.get(0);
        List<Variable> ofX = Slice.split(input.call(inputs.get(1)), -1, width, width, width);
        List<Variable> ofHalf = Slice.split(gates.call(half), -1, width, width);
        Variable z = Scale.scale(sigmoid(ofX.get(0), ofHalf.get(0)), 1 - least, least);
        Variable r = sigmoid(ofX.get(1), ofHalf.get(1));
        Variable g = Tanh.tanh(Add.add(ofX.get(2), candidate.call(Multiply.multiply(r, half))));
        return List.of(z, Multiply.multiply(g, Scale.scale(z, -1, 1)));
    }

    private static Variable sigmoid(Variable a, Variable b) {
        return Sigmoid.sigmoid(Add.add(a, b));
    }
}
