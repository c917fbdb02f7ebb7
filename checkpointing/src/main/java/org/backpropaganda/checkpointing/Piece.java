package org.backpropaganda.checkpointing;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Slice;

/**
 * A module that computes on one piece of its inputs. It adds nothing to names, paths and keys. That the piece is cut by an op
 * inside the call lets replays be compared with the first run, and gradients of the piece go straight into those of the inputs.
 */
final class Piece extends Module {
    private final Module body;
    private final int axis;
    private final int number;
    private final int of;

    /**
     * A piece.
     *
     * @param number of the piece
     * @param of how many there are, where the axis is long enough
     */
    Piece(Module body, int axis, int number, int of) {
        this.body = register("", body);
        this.axis = axis;
        this.number = number;
        this.of = of;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        long size = inputs.get(0).shape().dim(axis);
        Cuts cuts = new Cuts(axis, size, (int) Math.min(of, size));
        return body.call(inputs.stream()
                .map(input -> Slice.slice(input, axis, cuts.from(number), cuts.length(number)))
                .toList());
    }
}
