package org.backpropaganda.synthetic;

import java.util.List;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.synthetic.local.LocalObjective;
import org.jspecify.annotations.Nullable;

/** A boundary with a loss of its own. */
final class LocalBoundary extends Boundary {
    private final LocalObjective objective;

    LocalBoundary(int number, LocalLoss rule) {
        super(number, "objectives", rule);
        this.objective = rule.objective();
    }

    @Override
    boolean waits() {
        return false;
    }

    @Override
    boolean learnsAtOnce() {
        return true;
    }

    /** Of the share of the step that the batch is: the loss is a mean over its examples. */
    @Override
    List<Tensor> gradient(
            SegmentForward call, Trace trace, Gradients gradients, List<Tensor> values, @Nullable Tensor labels) {
        Tensor h = values.get(0);
        if (labels == null) {
            throw new IllegalStateException("decoupled sequence: a local loss without labels");
        }
        try (Tape aside = call.tape(TapeSite.aside(trace, call.site()), TapeMode.RECORDING, gradients)) {
            Variable leaf = aside.leaf(h);
            Variable loss = lossOf(aside, leaf, labels);
            Tensor share = call.scope()
                    .allocate(loss.shape(), loss.dtype(), MemoryKind.TEMPORARY)
                    .fill(call.share());
            aside.backward(List.of(loss), List.of(share));
            share.close();
            Tensor gradient = aside.gradient(leaf);
            return List.of(
                    gradient == null
                            ? call.scope().zeros(h.shape(), h.dtype(), MemoryKind.TEMPORARY)
                            : call.scope().share(gradient));
        }
    }

    private Variable lossOf(Tape tape, Variable h, Tensor labels) {
        try (ModuleCall call = tape.enterPart(caller())) {
            List<Variable> results = call.returning(objective.call(List.of(h, tape.constant(labels))));
            if (results.size() != 1 || !results.get(0).shape().equals(Shape.scalar())) {
                throw new ShapeException("decoupled sequence: the objective of boundary " + number() + " gave "
                        + results.stream().map(Variable::spec).toList() + ", not one loss");
            }
            return results.get(0);
        }
    }
}
