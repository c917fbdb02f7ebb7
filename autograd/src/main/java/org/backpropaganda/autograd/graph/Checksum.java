package org.backpropaganda.autograd.graph;

import java.util.List;
import java.util.zip.CRC32C;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Tensor;

/** The CRC-32C of the bytes of tensors, one after another. */
final class Checksum {
    /** Of what has no values to read, or was not asked for. */
    static final long NONE = -1;

    private static final int CHUNK = 1 << 20;

    private Checksum() {}

    static long of(List<Tensor> tensors) {
        if (tensors.isEmpty() || !tensors.get(0).hasValues()) {
            return NONE;
        }
        CRC32C sum = new CRC32C();
        Engine engine = tensors.get(0).engine();
        engine.enter();
        try {
            tensors.forEach(tensor -> update(sum, tensor));
        } finally {
            engine.leave();
        }
        return sum.getValue();
    }

    private static void update(CRC32C sum, Tensor tensor) {
        for (long from = 0; from < tensor.bytes(); from += CHUNK) {
            sum.update(tensor.buffer(from, (int) Math.min(CHUNK, tensor.bytes() - from)));
        }
    }
}
