package org.backpropaganda.checkpointing.compress;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Recipe;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.kernel.ChannelCodes;
import org.backpropaganda.autograd.op.BatchNorm;
import org.backpropaganda.autograd.op.BatchNormRelu;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * What a batch norm made, or the ReLU behind one, as codes of a few bits in bins over β ± 3 |γ| of its channel: the range is
 * known, so that no pass looks for it, and the middle of the bin comes back, every time the same. The error is half a bin within
 * that range, and what lies beyond outside of it; it has no expectation of 0, as {@link QuantizedCodec} has.
 *
 * <pre>{@code
 * SavedTensorPolicy policy = CompressPolicy.builder()
 *         .where(BlpaCodec::fits, new BlpaCodec(8))
 *         .all(new QuantizedCodec(8))
 *         .build();
 * }</pre>
 *
 * <p>A tensor with an element that is not finite comes back as NaN. Cost: one pass over memory each way. The ledger counts bits /
 * 8 bytes an element, the last four bytes filled up, and 8 bytes a channel.
 *
 * <p>Source: Chakrabarti and Moseley 2019, "Backprop with Approximate Activations for Memory-efficient Network Training", § 3.2.
 * Deviations: see {@link ChannelCodes}.
 *
 * @param bits a code: 4 or 8
 */
public record BlpaCodec(int bits) implements SavedTensorCodec {

    /**
     * Checks the bits.
     *
     * @throws IllegalArgumentException if they are neither 4 nor 8
     */
    public BlpaCodec {
        if (bits != 4 && bits != 8) {
            throw new IllegalArgumentException("blpa codec: " + bits + " bits; choose 4 or 8");
        }
    }

    /**
     * The norm that made a tensor.
     *
     * @param rectified whether a ReLU came behind
     */
    private record Norm(Tensor gamma, Tensor beta, boolean rectified) {
        static Optional<Norm> of(Saving saving) {
            Recipe recipe = saving.recipe();
            boolean rectified = recipe != null && recipe.op() instanceof Relu;
            if (rectified && recipe != null) {
                recipe = recipe.sources().get(0).recipe();
            }
            return recipe == null ? Optional.empty() : of(recipe, rectified);
        }

        private static Optional<Norm> of(Recipe recipe, boolean rectified) {
            Op op = recipe.op();
            if (!(op instanceof BatchNorm) && !(op instanceof BatchNormRelu)) {
                return Optional.empty();
            }
            List<Recipe.Source> sources = recipe.sources();
            @Nullable Tensor gamma = sources.get(1).parameter();
            @Nullable Tensor beta = sources.get(2).parameter();
            return gamma == null || beta == null
                    ? Optional.empty()
                    : Optional.of(new Norm(gamma, beta, rectified || op instanceof BatchNormRelu));
        }
    }

    /** Whether a batch norm with statistics of the batch, whose γ and β are parameters, made the tensor, or the ReLU behind it. */
    public static boolean fits(Saving saving) {
        return Norm.of(saving).isPresent();
    }

    /** Packs what batch norms made, and keeps all else. */
    public static SavedTensorPolicy policy(int bits) {
        return CompressPolicy.builder()
                .where(BlpaCodec::fits, new BlpaCodec(bits))
                .build();
    }

    @Override
    public String name() {
        return "BLPA in " + bits + " bits";
    }

    @Override
    public boolean isExact() {
        return false;
    }

    /**
     * Packs what a batch norm made.
     *
     * @throws IllegalStateException if none did
     */
    @Override
    public Packed pack(Saving saving, TensorScope leases) {
        Norm norm = Norm.of(saving)
                .orElseThrow(() -> new IllegalStateException(
                        Names.of(saving) + " was made by no batch norm that tells its" + " range by parameters, and "
                                + name() + " takes no other; choose QuantizedCodec there"));
        Tensor tensor = saving.tensor();
        int width = bits;
        return PackedCodes.pack(
                saving.spec(),
                leases,
                codes -> ChannelCodes.pack(tensor, norm.gamma, norm.beta, width, codes.get(0), codes.get(1)),
                (codes, out) -> ChannelCodes.unpack(norm.rectified, width, codes.get(0), codes.get(1), out),
                new TensorSpec(Shape.of(ChannelCodes.words(tensor.elements(), bits)), DType.INT),
                new TensorSpec(Shape.of(ChannelCodes.PARAMETERS, norm.gamma.elements()), DType.FLOAT));
    }
}
