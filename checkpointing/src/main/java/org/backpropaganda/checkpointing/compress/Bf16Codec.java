package org.backpropaganda.checkpointing.compress;

import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.kernel.Bfloat16;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Saved tensors as bfloat16, rounded to the nearest and to even between two: half the bytes of {@code FLOAT}, a relative error
 * of at most 2⁻⁹. Every time the same; NaN and ±∞ stay. {@code DOUBLE} comes back with as many bits, from a quarter of its
 * bytes.
 *
 * <pre>{@code
 * Tape tape = Tape.builder(scope).policy(CompressPolicy.of(new Bf16Codec())).build();
 * }</pre>
 *
 * <p>Cost: two passes over memory a tensor. The ledger counts two bytes an element, and two more where their number is odd.
 */
public record Bf16Codec() implements SavedTensorCodec {

    @Override
    public String name() {
        return "bf16";
    }

    @Override
    public boolean isExact() {
        return false;
    }

    @Override
    public Packed pack(Saving saving, TensorScope leases) {
        Tensor tensor = saving.tensor();
        return PackedCodes.pack(
                saving.spec(),
                leases,
                codes -> Bfloat16.pack(tensor, codes.get(0)),
                (codes, out) -> Bfloat16.unpack(codes.get(0), out),
                new TensorSpec(Shape.of(Bfloat16.words(tensor.elements())), DType.INT));
    }
}
