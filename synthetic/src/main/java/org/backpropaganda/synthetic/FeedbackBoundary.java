package org.backpropaganda.synthetic;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.jspecify.annotations.Nullable;

/** A boundary that errors come to directly. */
final class FeedbackBoundary extends Boundary {
    private final FeedbackMatrix matrix;

    FeedbackBoundary(int number, DirectFeedback rule) {
        super(number, "feedback", rule);
        this.matrix = rule.matrix();
    }

    @Override
    boolean waits() {
        return true;
    }

    /** What goes on is a constant: its gradient would be of no use. */
    @Override
    List<Variable> cross(List<Variable> values, @Nullable Variable labels, Crossing crossing) {
        Variable h = values.get(0);
        matrix.check(number(), h.shape());
        crossing.ports().add(h.tape().apply(new FeedbackSegment(matrix), values).get(0));
        return List.of(h.tape().constant(h.value()));
    }
}
