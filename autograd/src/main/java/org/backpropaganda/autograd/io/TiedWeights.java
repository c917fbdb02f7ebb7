package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** One tensor under several names: what a file has under them has to be one as well. */
final class TiedWeights {
    private static final int PIECE = 1 << 20;

    private TiedWeights() {}

    /**
     * Checks that names of one tensor have equal values in a file.
     *
     * @param into names that fit; names that the file has not are passed over. Not modified
     * @throws TensorFileException if two differ
     */
    static void check(TensorFile file, Map<String, Tensor> into) throws IOException {
        Map<Tensor, String> first = new HashMap<>();
        for (Map.Entry<String, Tensor> each : into.entrySet()) {
            if (!file.tensors().containsKey(each.getKey())) {
                continue;
            }
            String before = first.putIfAbsent(each.getValue(), each.getKey());
            if (before != null && !areEqual(file, before, each.getKey(), each.getValue())) {
                throw new TensorFileException(
                        file.path(),
                        "tensors \"" + before + "\" and \"" + each.getKey() + "\" differ, which are one in the model");
            }
        }
    }

    private static boolean areEqual(TensorFile file, String one, String other, Tensor tensor) throws IOException {
        try (TensorScope scope = tensor.engine().scope("tied weights")) {
            Tensor a = scope.allocate(tensor.shape(), tensor.dtype(), MemoryKind.INPUT);
            Tensor b = scope.allocate(tensor.shape(), tensor.dtype(), MemoryKind.INPUT);
            file.read(one, a);
            file.read(other, b);
            for (long from = 0; a.hasValues() && from < a.bytes(); from += PIECE) {
                int count = (int) Math.min(PIECE, a.bytes() - from);
                if (!a.buffer(from, count).equals(b.buffer(from, count))) {
                    return false;
                }
            }
            return true;
        }
    }
}
