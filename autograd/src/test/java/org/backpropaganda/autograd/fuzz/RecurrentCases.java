package org.backpropaganda.autograd.fuzz;

import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.op.Gru;
import org.backpropaganda.autograd.op.Lstm;
import org.backpropaganda.autograd.op.Rnn;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;

/** Recurrent layers over short sequences. */
final class RecurrentCases {
    private static final List<Kind> KINDS = List.of(
            new Kind(new Rnn(Rnn.Nonlinearity.TANH), 1, 1),
            new Kind(new Gru(), 1, 3),
            new Kind(new Lstm(false), 2, 4),
            new Kind(new Lstm(true), 2, 4),
            new Kind(new Lstm(true, true), 2, 4));

    private RecurrentCases() {}

    private record Kind(Op op, int states, int gates) {}

    static OpCase draw(Draw draw) {
        int steps = draw.between(1, 5);
        int batch = draw.between(1, 4);
        int features = draw.channels();
        int width = draw.channels();
        Kind kind = KINDS.get(draw.between(0, KINDS.size() - 1));
        List<Input> inputs = new ArrayList<>();
        inputs.add(in(steps, batch, features));
        for (int state = 0; state < kind.states; state++) {
            inputs.add(in(batch, width));
        }
        int gates = kind.gates * width;
        inputs.add(weight(gates, features));
        inputs.add(weight(gates, width));
        if (draw.oneIn(2)) {
            inputs.add(in(gates));
            inputs.add(in(gates));
        }
        return OpCase.of(kind.op, inputs.toArray(Input[]::new));
    }

    private static Input weight(int rows, int columns) {
        double bound = 1 / Math.sqrt(columns);
        return in(rows, columns).within(-bound, bound);
    }
}
