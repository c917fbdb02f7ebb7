package org.backpropaganda.checkpointing.compress;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Tensors that stand for another one.
 *
 * @param spec of the other
 * @param codes what is kept
 * @param restore reads what is kept, and writes the other
 */
record PackedCodes(TensorSpec spec, List<Tensor> codes, BiConsumer<List<Tensor>, Tensor> restore)
        implements SavedTensorCodec.Packed {

    /**
     * Allocates tensors and writes them.
     *
     * @param write is not called where there is nothing to write to
     * @param restore likewise
     */
    static PackedCodes pack(
            TensorSpec spec,
            TensorScope leases,
            Consumer<List<Tensor>> write,
            BiConsumer<List<Tensor>, Tensor> restore,
            TensorSpec... kept) {
        List<Tensor> codes = new ArrayList<>(kept.length);
        try {
            for (TensorSpec each : kept) {
                codes.add(leases.allocate(each.shape(), each.dtype()));
            }
            if (codes.get(0).hasValues()) {
                write.accept(codes);
            }
        } catch (RuntimeException | Error e) {
            codes.forEach(Tensor::close);
            throw e;
        }
        return new PackedCodes(spec, codes, restore);
    }

    @Override
    public Tensor unpack(TensorScope scope) {
        Tensor tensor = scope.allocate(spec.shape(), spec.dtype());
        try {
            if (tensor.hasValues() && codes.get(0).hasValues()) {
                restore.accept(codes, tensor);
            }
        } catch (RuntimeException | Error e) {
            tensor.close();
            throw e;
        }
        return tensor;
    }

    @Override
    public void discard() {
        codes.forEach(Tensor::close);
    }
}
