package org.backpropaganda.synthetic.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Modules one after another on one tape, as in a {@link Sequential}, that remembers the gradient at each boundary
 * between two of them: plain backpropagation, to be put where a {@link org.backpropaganda.synthetic.DecoupledSequence}
 * of the same modules will stand. Called with {@code [x]} or {@code [x, labels]}; labels are not looked at.
 *
 * <p>Gradients are those of the tape's loss, whatever share of a step it is.
 *
 * <p>A boundary has a gradient whether or not what lies before it has a use for it, and one of zeros where nothing behind it
 * depends on it.
 */
public final class BoundaryRecorder extends Module {
    private final List<Module> modules;
    private final TensorScope owner;
    private final List<@Nullable Tensor> gradients = new ArrayList<>();
    private final List<@Nullable TensorSpec> boundaries = new ArrayList<>();

    /**
     * Modules named by their number.
     *
     * @param owner of the gradients
     */
    public BoundaryRecorder(List<? extends Module> modules, TensorScope owner) {
        this.modules = List.copyOf(modules);
        this.owner = owner;
        for (int k = 0; k < modules.size(); k++) {
            register(Integer.toString(k), modules.get(k));
            gradients.add(null);
            boundaries.add(null);
        }
    }

    /**
     * One oracle for each boundary, from the gradients of the last backward.
     *
     * @throws IllegalStateException if no gradient came to any boundary
     */
    public List<OraclePredictor> oracles() {
        List<OraclePredictor> oracles = new ArrayList<>();
        for (int k = 0; k < modules.size() - 1; k++) {
            oracles.add(new OraclePredictor(gradientAt(k)));
        }
        return oracles;
    }

    private Tensor gradientAt(int boundary) {
        Tensor gradient = gradients.get(boundary);
        if (gradient != null) {
            return gradient;
        }
        TensorSpec spec = boundaries.get(boundary);
        if (spec == null || gradients.stream().allMatch(Objects::isNull)) {
            throw new IllegalStateException("boundary recorder: no gradient came to boundary " + boundary
                    + "; call the model on a tape that records, and differentiate it, first");
        }
        Tensor zeros = owner.zeros(spec.shape(), spec.dtype(), MemoryKind.INPUT);
        gradients.set(boundary, zeros);
        return zeros;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        List<Variable> x = inputs.subList(0, 1);
        List<Variable> h = x;
        for (int k = 0; k < modules.size(); k++) {
            List<Variable> next = modules.get(k).call(h);
            if (k < modules.size() - 1 && next.size() != 1) {
                throw new IllegalArgumentException("boundary recorder: module " + k + " returns " + next.size()
                        + " results, but a boundary carries one tensor; join the streams at the end of the module");
            }
            Liveness.letGo(h, x, next);
            h = k == modules.size() - 1 ? next : listened(k, next);
            Liveness.letGo(next, x, h);
        }
        return h;
    }

    private List<Variable> listened(int boundary, List<Variable> h) {
        Tape tape = h.get(0).tape();
        if (tape.isDifferentiating()) {
            tape.onFirstRun(() -> {
                forget(boundary);
                boundaries.set(boundary, h.get(0).spec());
            });
        }
        return tape.apply(new Tap(boundary), List.of(differentiable(h.get(0))));
    }

    /** A value that no gradient flows to has one all the same. */
    private static Variable differentiable(Variable h) {
        boolean without =
                h.tape().isRecording() && !h.requiresGradient() && h.dtype().isDifferentiable();
        return without ? h.tape().leaf(h.value()) : h;
    }

    private void forget(int boundary) {
        Tensor before = gradients.set(boundary, null);
        if (before != null) {
            before.close();
        }
    }

    /** The identity, with an ear for its gradient. */
    private final class Tap implements Segment {
        private final int boundary;

        Tap(int boundary) {
            this.boundary = boundary;
        }

        @Override
        public String name() {
            return "tap";
        }

        @Override
        public List<Parameter> parameters() {
            return List.of();
        }

        @Override
        public Result forward(SegmentForward call) {
            double share = call.share();
            return new Result(List.of(call.scope().share(call.input(0))), backward -> heard(backward, boundary, share));
        }
    }

    private void heard(SegmentBackward call, int boundary, double share) {
        Tensor gradient = call.take(call.output(0));
        if (gradient == null) {
            return;
        }
        if (gradient.hasValues()) {
            remember(boundary, gradient, share);
        }
        GradientSlot input = call.input(0);
        if (input == null) {
            gradient.close();
        } else {
            input.give(gradient);
        }
    }

    private void remember(int boundary, Tensor gradient, double share) {
        forget(boundary);
        Tensor ofMean = owner.allocate(gradient.shape(), gradient.dtype(), MemoryKind.INPUT);
        Kernels.of(gradient).eltwise().forward(EltwiseKernel.Function.SCALE, 1 / share, gradient, ofMean);
        gradients.set(boundary, ofMean);
    }
}
