package org.backpropaganda.autograd.testkit;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Moves saved tensors to the Java heap, where the ledger does not count them, and back: every bit of every element type. With
 * it a technique is held to plain under a policy that keeps nothing as it is.
 *
 * <pre>{@code
 * Tape.builder(scope).policy(SavedTensorPolicy.of(new HeapCodec())).build()
 * }</pre>
 */
public final class HeapCodec implements SavedTensorCodec {
    private static final int CHUNK = 1 << 20;

    @Override
    public String name() {
        return "heap";
    }

    @Override
    public boolean isExact() {
        return true;
    }

    @Override
    public Packed pack(Saving saving, TensorScope leases) {
        return new OnHeap(saving.spec(), copy(saving.tensor()));
    }

    private static List<byte[]> copy(Tensor tensor) {
        List<byte[]> chunks = new ArrayList<>();
        if (tensor.hasValues()) {
            for (long from = 0; from < tensor.bytes(); from += CHUNK) {
                byte[] chunk = new byte[(int) Math.min(CHUNK, tensor.bytes() - from)];
                tensor.buffer(from, chunk.length).get(chunk);
                chunks.add(chunk);
            }
        }
        return chunks;
    }

    /** Bytes on the heap. */
    private record OnHeap(TensorSpec spec, List<byte[]> chunks) implements Packed {
        @Override
        public Tensor unpack(TensorScope scope) {
            Tensor tensor = scope.allocate(spec.shape(), spec.dtype());
            if (!tensor.hasValues()) {
                return tensor;
            }
            long from = 0;
            for (byte[] chunk : chunks) {
                ByteBuffer to = tensor.buffer(from, chunk.length);
                to.put(chunk);
                from += chunk.length;
            }
            return tensor;
        }

        @Override
        public void discard() {
            chunks.clear();
        }
    }
}
