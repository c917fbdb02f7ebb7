package org.backpropaganda.checkpointing.compress;

import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.kernel.GroupCodes;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Saved tensors as codes of a few bits between least and largest of each group of {@value GroupCodes#GROUP} elements, rounded at
 * random so that the expectation is the element: what an op computes from one saved tensor linearly, as the gradient of a
 * weight, has the right expectation, with a variance of at most step²/4 an element, step = (max − min) / (2^bits − 1).
 *
 * <pre>{@code
 * SavedTensorPolicy policy = CompressPolicy.builder()
 *         .op("conv2d", new QuantizedCodec(4))
 *         .all(new QuantizedCodec(8))
 *         .build();
 * }</pre>
 *
 * <p>The noise is a function of the random key of the module call, op, label, number of the element and {@link #seed}: a replay
 * draws the same, at any number of threads. Two saves of one op and label in one call, of different tensors, draw the same noise
 * too. A tape of another seed draws other noise.
 *
 * <p>A group of equal elements comes back to the bit. A group with an element that is not finite comes back as NaN altogether, so
 * that it is noticed. {@code DOUBLE} is rounded to {@code FLOAT} first, and has the codes of that.
 *
 * <p>Cost: two passes over memory and one random number an element. The ledger counts bits / 8 bytes an element, the last four
 * bytes filled up, and 8 bytes a group for its least element and step, as {@link #bytes} tells: 2 bits take 2.25.
 *
 * <p>Source: Chen et al. 2021, "ActNN: Reducing Training Memory Footprint via 2-Bit Activation Compressed Training", § 3.2 and 4.
 * Deviations: groups go over the whole tensor, where theirs begin anew with each sample; least element and step are kept as
 * {@code FLOAT}, and codes are made with what is kept, where theirs are kept in 16 bits and codes made before; no guard is added
 * to the range.
 *
 * @param bits a code: 1, 2, 4 or 8
 * @param seed of the noise, beside the tape's
 */
public record QuantizedCodec(int bits, long seed) implements SavedTensorCodec {

    /**
     * Checks the bits.
     *
     * @throws IllegalArgumentException if they are not 1, 2, 4 or 8
     */
    public QuantizedCodec {
        if (bits != 1 && bits != 2 && bits != 4 && bits != 8) {
            throw new IllegalArgumentException(
                    "quantized codec: " + bits + " bits; choose 2, 4 or 8, or 1 to measure with");
        }
    }

    /** With no seed beside the tape's. */
    public QuantizedCodec(int bits) {
        this(bits, 0);
    }

    @Override
    public String name() {
        return bits + (bits == 1 ? " bit" : " bits");
    }

    @Override
    public boolean isExact() {
        return false;
    }

    /** The bytes of a packed tensor of that many elements. */
    public long bytes(long elements) {
        return GroupCodes.words(elements, bits) * Integer.BYTES
                + GroupCodes.groups(elements) * GroupCodes.PARAMETERS * Float.BYTES;
    }

    @Override
    public Packed pack(Saving saving, TensorScope leases) {
        Tensor tensor = saving.tensor();
        long key = NoiseKey.of(saving, seed);
        int width = bits;
        return PackedCodes.pack(
                saving.spec(),
                leases,
                codes -> GroupCodes.pack(tensor, width, key, codes.get(0), codes.get(1)),
                (codes, out) -> GroupCodes.unpack(width, codes.get(0), codes.get(1), out),
                new TensorSpec(Shape.of(GroupCodes.words(tensor.elements(), bits)), DType.INT),
                new TensorSpec(Shape.of(GroupCodes.groups(tensor.elements()), GroupCodes.PARAMETERS), DType.FLOAT));
    }
}
