package org.backpropaganda.experiments.model;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Notes which elements of each activation's result were positive when it was recorded for backward: a rounding difference
 * that flips one changes the gradient far more than rounding would. Off until {@link #start()}.
 */
public final class SignRecorder {
    private static final int PIECE = 1 << 16;

    private final Map<Integer, Signs> whole = new TreeMap<>();
    private final Map<Integer, Signs> part = new TreeMap<>();
    private boolean on;

    /** The signs of so many elements. */
    private record Signs(BitSet positive, int elements) {

        /** These, and others behind them. */
        Signs then(Signs more) {
            BitSet all = (BitSet) positive.clone();
            more.positive.stream().forEach(element -> all.set(elements + element));
            return new Signs(all, Math.addExact(elements, more.elements));
        }
    }

    /** Starts to note. */
    public void start() {
        on = true;
    }

    /** Tells that a micro-batch has been differentiated: what is noted from here on belongs behind what was. */
    public void endPart() {
        part.forEach((activation, signs) -> whole.merge(activation, signs, Signs::then));
        part.clear();
    }

    /** Stops, and returns what was noted, by the number of the activation. */
    public Map<Integer, BitSet> stop() {
        on = false;
        endPart();
        Map<Integer, BitSet> noted = new TreeMap<>();
        whole.forEach((activation, signs) -> noted.put(activation, signs.positive));
        whole.clear();
        return noted;
    }

    void note(int activation, Variable result) {
        if (!on || !result.tape().isRecording()) {
            return;
        }
        Tensor tensor = result.value();
        int size = (int) tensor.dtype().bytes(1);
        tensor.engine().enter();
        try {
            part.put(activation, new Signs(positive(tensor, size), Math.toIntExact(tensor.elements())));
        } finally {
            tensor.engine().leave();
        }
    }

    private static BitSet positive(Tensor tensor, int size) {
        BitSet positive = new BitSet(Math.toIntExact(tensor.elements()));
        for (long at = 0; at < tensor.elements(); at += PIECE) {
            int count = (int) Math.min(PIECE, tensor.elements() - at);
            ByteBuffer bytes = tensor.buffer(at * size, count * size);
            for (int i = 0; i < count; i++) {
                if (isPositive(tensor.dtype(), bytes)) {
                    positive.set((int) at + i);
                }
            }
        }
        return positive;
    }

    /** Whether the next element is. */
    private static boolean isPositive(DType dtype, ByteBuffer bytes) {
        return switch (dtype) {
            case FLOAT -> bytes.getFloat() > 0;
            case DOUBLE -> bytes.getDouble() > 0;
            case INT, BYTE, BIT -> throw new IllegalArgumentException("signs of activations of " + dtype);
        };
    }
}
