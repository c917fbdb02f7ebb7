package org.backpropaganda.reversible.abn;

import java.util.List;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** What one call of {@link InPlaceAbn} kept for its backward. */
abstract class Kept {
    static final int X = 0;
    static final int GAMMA = 1;
    static final int BETA = 2;

    /** All that was saved. */
    abstract List<SavedTensor> saved();

    /**
     * Gives the gradients of x, γ and β.
     *
     * @param restored in the order of {@link #saved}
     */
    abstract void differentiate(SegmentBackward call, List<Tensor> restored, Tensor dz);

    final void backward(SegmentBackward call) {
        List<Tensor> restored = saved().stream().map(call::restore).toList();
        Tensor dz = call.output(0).take();
        if (dz != null) {
            differentiate(call, restored, dz);
            dz.close();
        }
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
