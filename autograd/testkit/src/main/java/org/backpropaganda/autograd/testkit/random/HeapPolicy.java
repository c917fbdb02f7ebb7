package org.backpropaganda.autograd.testkit.random;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** Keeps saved tensors as byte arrays on the Java heap. */
public final class HeapPolicy implements SavedTensorPolicy {
    @Override
    public Packed pack(Tensor tensor, TensorScope leases) {
        TensorSpec spec = tensor.spec();
        byte[] bytes = new byte[Math.toIntExact(tensor.bytes())];
        transfer(tensor, buffer -> buffer.get(bytes));
        return new Packed() {
            @Override
            public Tensor unpack(TensorScope where) {
                Tensor fresh = where.allocate(spec.shape(), spec.dtype());
                transfer(fresh, buffer -> buffer.put(bytes));
                return fresh;
            }

            @Override
            public void discard() {}
        };
    }

    private static void transfer(Tensor tensor, Consumer<ByteBuffer> use) {
        if (!tensor.hasValues()) {
            return;
        }
        tensor.engine().enter();
        try {
            use.accept(tensor.buffer(0, Math.toIntExact(tensor.bytes())));
        } finally {
            tensor.engine().leave();
        }
    }
}
