package org.backpropaganda.autograd.testkit;

import java.nio.ByteBuffer;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Rounds saved floating-point tensors to the upper 16 bits of a float, to the nearest and to even between two, which is
 * bfloat16: the least lossy codec, to see what a technique does with one. The ledger counts two bytes an element, and two more
 * where their number is odd.
 *
 * <pre>{@code
 * Tape.builder(scope).policy(SavedTensorPolicy.of(new RoundingCodec())).build()
 * }</pre>
 */
public final class RoundingCodec implements SavedTensorCodec {

    @Override
    public String name() {
        return "rounding to 16 bits";
    }

    @Override
    public boolean isExact() {
        return false;
    }

    /** The bytes of a packed tensor. */
    public static long bytes(TensorSpec spec) {
        return 4 * ((spec.shape().elements() + 1) / 2);
    }

    @Override
    public Packed pack(Saving saving, TensorScope leases) {
        Tensor tensor = saving.tensor();
        Tensor halves = leases.allocate(Shape.of((tensor.elements() + 1) / 2), DType.INT);
        if (halves.hasValues()) {
            double[] values = tensor.toDoubles();
            ByteBuffer to = halves.buffer(0, Math.toIntExact(halves.bytes()));
            for (int i = 0; i < values.length; i++) {
                to.putShort(2 * i, upper((float) values[i]));
            }
        }
        return new Halves(saving.spec(), halves);
    }

    private static short upper(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** Two elements an integer. */
    private record Halves(TensorSpec spec, Tensor halves) implements Packed {
        @Override
        public Tensor unpack(TensorScope scope) {
            Tensor tensor = scope.allocate(spec.shape(), spec.dtype());
            if (halves.hasValues() && tensor.hasValues()) {
                double[] values = new double[Math.toIntExact(spec.shape().elements())];
                ByteBuffer from = halves.buffer(0, Math.toIntExact(halves.bytes()));
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.intBitsToFloat(from.getShort(2 * i) << 16);
                }
                tensor.set(values);
            }
            return tensor;
        }

        @Override
        public void discard() {
            halves.close();
        }
    }
}
