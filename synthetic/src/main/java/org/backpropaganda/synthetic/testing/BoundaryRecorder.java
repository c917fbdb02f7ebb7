package org.backpropaganda.synthetic.testing;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * Modules one after another on one tape, as in a {@link Sequential}, that remembers the gradient at each boundary
 * between two of them: plain backpropagation, to be put where a {@link org.backpropaganda.synthetic.DecoupledSequence}
 * of the same modules will stand. Called with {@code [x]} or {@code [x, labels]}; labels are not looked at.
 */
public final class BoundaryRecorder extends Module {
    private final List<Module> modules;
    private final TensorScope owner;
    private final List<@Nullable Tensor> gradients = new ArrayList<>();

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
        }
    }

    /** One oracle for each boundary, from the gradients of the last backward. */
    public List<OraclePredictor> oracles() {
        List<OraclePredictor> oracles = new ArrayList<>();
        for (int k = 0; k < modules.size() - 1; k++) {
            Tensor gradient = gradients.get(k);
            if (gradient == null) {
                throw new IllegalStateException("boundary recorder: no gradient came to boundary " + k
                        + "; call the model on a tape that records, and differentiate it, first");
            }
            oracles.add(new OraclePredictor(gradient));
        }
        return oracles;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        List<Variable> x = inputs.subList(0, 1);
        List<Variable> h = x;
        for (int k = 0; k < modules.size(); k++) {
            List<Variable> next = modules.get(k).call(h);
            Sequential.letGo(h, x, next);
            h = k == modules.size() - 1 ? next : next.get(0).tape().apply(new Tap(k), next);
            Sequential.letGo(next, x, h);
        }
        return h;
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
        public List<Tensor> forward(SegmentForward call) {
            return List.of(call.scope().share(call.input(0)));
        }

        @Override
        public void backward(SegmentBackward call) {
            Tensor gradient = call.output(0).take();
            if (gradient == null) {
                return;
            }
            Tensor before = gradients.set(
                    boundary,
                    owner.allocate(gradient.shape(), gradient.dtype(), MemoryKind.INPUT)
                            .copyFrom(gradient));
            if (before != null) {
                before.close();
            }
            GradientSlot input = call.input(0);
            if (input == null) {
                gradient.close();
            } else {
                input.give(gradient);
            }
        }
    }
}
