package org.backpropaganda.reversible.abn;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.CallSite;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.Recorded;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** How one call of an in-place norm is differentiated from what it kept. Nothing in it changes. */
abstract class NormPullback implements Pullback {
    static final int X = 0;
    static final int GAMMA = 1;
    static final int BETA = 2;

    /** What policies call the output where it is saved. */
    static final String OUTPUT = "output";

    /** What policies call normalised values of lost channels. */
    static final String LOST = "lost channels";

    private final CallSite site;
    private final List<Parameter> parameters;
    private final List<SavedTensor> remembered = new ArrayList<>();

    /**
     * Of a call.
     *
     * @param parameters γ, and β if there is one: the inputs behind x
     */
    NormPullback(List<Parameter> parameters, SegmentForward call) {
        this.site = call.site();
        this.parameters = parameters;
        parameters.forEach(
                parameter -> remembered.add(call.remember(remembered.isEmpty() ? "weight" : "bias", parameter)));
    }

    /** All that was saved. */
    abstract List<SavedTensor> saved();

    /**
     * Gives the gradients of x, γ and β.
     *
     * @param restored in the order of {@link #saved}
     */
    abstract void differentiate(SegmentBackward call, List<Tensor> restored, Tensor dz);

    /**
     * Makes x, or what differs from it by what the function does not depend on.
     *
     * @param restored in the order of {@link #saved}; one may be overwritten
     */
    abstract Tensor input(SegmentBackward call, List<Tensor> restored);

    /**
     * The function as ops.
     *
     * @param inputs x, γ, β
     */
    abstract Variable byOps(List<Variable> inputs);

    @Override
    public final void backward(SegmentBackward call) {
        remembered.forEach(call::restore);
        List<Tensor> restored = saved().stream().map(call::restore).toList();
        Tensor dz = call.take(call.output(0));
        if (dz != null) {
            differentiate(call, restored, dz);
            dz.close();
        }
        close(restored);
    }

    @Override
    public final Recorded recompute(SegmentBackward call) {
        remembered.forEach(call::restore);
        List<Tensor> restored = saved().stream().map(call::restore).toList();
        Tensor x = input(call, restored);
        close(restored);
        return call.record(TapeSite.again(site), tape -> {
            List<Variable> inputs = new ArrayList<>();
            inputs.add(call.enter(tape, x, call.input(X)));
            parameters.forEach(parameter -> inputs.add(tape.parameter(parameter)));
            x.close();
            return List.of(byOps(inputs));
        });
    }

    private void close(List<Tensor> restored) {
        for (int i = 0; i < restored.size(); i++) {
            if (!saved().get(i).isParameter()) {
                restored.get(i).close();
            }
        }
    }

    /** A tensor to compute into: {@code tensor} itself where nobody else holds it. */
    static Tensor own(TensorScope scope, Tensor tensor) {
        return tensor.isExclusive() ? scope.share(tensor) : scope.allocate(tensor.shape(), tensor.dtype());
    }

    static void give(@Nullable GradientSlot slot, Tensor gradient) {
        if (slot != null) {
            slot.give(gradient);
        }
    }
}
