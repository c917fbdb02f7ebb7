package org.backpropaganda.autograd.nn;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Linear;
import org.backpropaganda.autograd.tensor.Shape;
import org.jspecify.annotations.Nullable;

/** The products of a recurrent cell: x [B, I], h [B, H] → the shares of both in its G gates, [B, G·H] each. */
final class CellWeights extends Module {
    private final Parameter weightIh;
    private final Parameter weightHh;
    private final @Nullable Parameter biasIh;
    private final @Nullable Parameter biasHh;

    CellWeights(ParameterFactory factory, long inputs, long width, int gates, boolean biases) {
        Initializer initializer = RecurrentModule.initializer(width);
        weightIh = register("weight_ih", factory.create(Shape.of(gates * width, inputs), initializer));
        weightHh = register("weight_hh", factory.create(Shape.of(gates * width, width), initializer));
        biasIh = biases ? register("bias_ih", factory.create(Shape.of(gates * width), initializer)) : null;
        biasHh = biases ? register("bias_hh", factory.create(Shape.of(gates * width), initializer)) : null;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        return List.of(share(inputs.get(0), weightIh, biasIh), share(inputs.get(1), weightHh, biasHh));
    }

    private static Variable share(Variable input, Parameter weight, @Nullable Parameter bias) {
        Tape tape = input.tape();
        return bias == null
                ? Linear.linear(input, tape.parameter(weight))
                : Linear.linear(input, tape.parameter(weight), tape.parameter(bias));
    }
}
