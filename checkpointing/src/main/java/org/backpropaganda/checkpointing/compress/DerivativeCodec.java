package org.backpropaganda.checkpointing.compress;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Optional;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.kernel.LevelCodes;
import org.backpropaganda.autograd.op.Gelu;
import org.backpropaganda.autograd.op.Silu;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * The input of a GELU or SiLU as two bits an element: which of four values its derivative is nearest to. Forward is exact; the
 * derivative is a step function that has the right integral, fitted to the curve. What comes back is an element whose derivative
 * is that value, and which has nothing else in common with the input: a recorded backward, which differentiates again, is
 * refused.
 *
 * <pre>{@code
 * SavedTensorPolicy policy = CompressPolicy.builder()
 *         .where(DerivativeCodec::fits, DerivativeCodec.policy())
 *         .all(new QuantizedCodec(8))
 *         .build();
 * }</pre>
 *
 * <p>Cost: one pass over memory each way. The ledger counts two bits an element, the last four bytes filled up.
 *
 * <p>Source: Yang et al. 2024, "Reducing Fine-Tuning Memory Overhead by Approximate and Memory-Sharing Backpropagation", § 4, with
 * their thresholds and values of ReGELU2 and ReSiLU2. Deviation: the approximate GELU has those of the exact one.
 *
 * @param curve whose derivative
 */
public record DerivativeCodec(Curve curve) implements SavedTensorCodec {

    /** A function of which the derivative is kept. */
    public enum Curve {
        /** x Φ(x). */
        GELU,
        /** Its approximation by the hyperbolic tangent. */
        GELU_TANH,
        /** x σ(x). */
        SILU
    }

    private static final Map<Curve, float[]> THRESHOLDS = Map.of(
            Curve.GELU, Levels.ReGELU2.thresholds(),
            Curve.GELU_TANH, Levels.ReGELU2.thresholds(),
            Curve.SILU, Levels.ReSiLU2.thresholds());

    private static final Map<Curve, float[]> INPUTS = Map.of(
            Curve.GELU, Levels.ReGELU2.inputs(Levels::geluSlope),
            Curve.GELU_TANH, Levels.ReGELU2.inputs(Levels::geluTanhSlope),
            Curve.SILU, Levels.ReSiLU2.inputs(Levels::siluSlope));

    /** The curve that reads a tensor as its input, if one does. */
    private static Optional<Curve> curve(Saving saving) {
        if (!saving.label().equals("input 0")) {
            return Optional.empty();
        }
        if (saving.reader() instanceof Gelu gelu) {
            return Optional.of(gelu.approximate() ? Curve.GELU_TANH : Curve.GELU);
        }
        return saving.reader() instanceof Silu ? Optional.of(Curve.SILU) : Optional.empty();
    }

    /** Whether a GELU or SiLU reads the tensor as its input. */
    public static boolean fits(Saving saving) {
        return curve(saving).isPresent();
    }

    /** Packs the inputs of GELU and SiLU, and keeps all else. */
    public static SavedTensorPolicy policy() {
        return saving -> {
            Optional<Curve> curve = curve(saving);
            return curve.isPresent() ? new DerivativeCodec(curve.get()) : SavedTensorCodec.keep();
        };
    }

    @Override
    public String name() {
        return "derivatives of " + curve + " in 2 bits";
    }

    @Override
    public boolean isExact() {
        return false;
    }

    @Override
    public boolean servesOneDerivative() {
        return true;
    }

    /**
     * Packs what the curve reads.
     *
     * @throws IllegalStateException if something else reads it
     */
    @Override
    public Packed pack(Saving saving, TensorScope leases) {
        if (curve(saving).filter(reader -> reader == curve).isEmpty()) {
            throw new IllegalStateException(Names.of(saving) + " is not the input of " + curve + ", and " + name()
                    + " has nothing else of a tensor; choose QuantizedCodec there");
        }
        Tensor tensor = saving.tensor();
        float[] thresholds = requireNonNull(THRESHOLDS.get(curve));
        float[] inputs = requireNonNull(INPUTS.get(curve));
        return PackedCodes.pack(
                saving.spec(),
                leases,
                codes -> LevelCodes.pack(tensor, thresholds, codes.get(0)),
                (codes, out) -> LevelCodes.unpack(codes.get(0), inputs, out),
                new TensorSpec(Shape.of(LevelCodes.words(tensor.elements())), DType.INT));
    }
}
