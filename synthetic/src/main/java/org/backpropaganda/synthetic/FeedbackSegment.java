package org.backpropaganda.synthetic;

import java.util.List;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * A port for errors: of h [B, ..., C] it makes zeros [B, classes], which count as a summand of the logits, so that the
 * gradient that comes to them is the error. Its backward maps that to a gradient of h.
 */
record FeedbackSegment(FeedbackMatrix matrix) implements Segment {

    @Override
    public String name() {
        return "decoupled sequence feedback";
    }

    @Override
    public List<Parameter> parameters() {
        return List.of();
    }

    @Override
    public Result forward(SegmentForward call) {
        Tensor h = call.input(0);
        Shape shape = h.shape();
        Tensor port = call.scope().zeros(Shape.of(shape.dim(0), matrix.classes()), h.dtype(), MemoryKind.TEMPORARY);
        return new Result(List.of(port), backward -> {
            Tensor error = backward.take(backward.output(0));
            GradientSlot slot = backward.input(0);
            if (error == null || slot == null) {
                if (error != null) {
                    error.close();
                }
                return;
            }
            try (Tape silent = backward.tape(TapeSite.again(backward.site()), TapeMode.SILENT)) {
                Variable gradient = matrix.at(shape, silent.constant(error));
                slot.give(backward.scope().share(gradient.value()));
            }
            error.close();
        });
    }

    /** Joins ports to logits: results are the logits as they are, and the gradient of them comes to each port too. */
    record Errors() implements Segment {
        @Override
        public String name() {
            return "decoupled sequence errors";
        }

        @Override
        public List<Parameter> parameters() {
            return List.of();
        }

        @Override
        public Result forward(SegmentForward call) {
            int inputs = call.inputs();
            return new Result(List.of(call.scope().share(call.input(0))), backward -> {
                Tensor error = backward.take(backward.output(0));
                if (error == null) {
                    return;
                }
                for (int i = 0; i < inputs; i++) {
                    GradientSlot slot = backward.input(i);
                    if (slot != null) {
                        slot.give(backward.scope().share(error));
                    }
                }
                error.close();
            });
        }
    }
}
