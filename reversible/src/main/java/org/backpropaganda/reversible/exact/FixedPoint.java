package org.backpropaganda.reversible.exact;

import java.util.function.Supplier;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.reversible.Combine;
import org.backpropaganda.reversible.Step;

/**
 * Fixed point in the mantissa of a floating-point type: numbers that are multiples of 2^−l. Sums and differences of two of them
 * are exact while they lie within the range, so that what was added can be taken away again to the bit; a stream takes no byte
 * more than in floating point.
 *
 * <pre>
 *          l    resolution   range
 * FLOAT    14   6.1e-5       ±1,024        (24 − l bits in front of the point)
 * DOUBLE   30   9.3e-10      ±8,388,608    (53 − l bits in front of the point)
 * </pre>
 *
 * A number at or beyond the range, NaN and ±∞ are refused by an {@link ArithmeticException} that names the module path, the
 * element and the range. Rounding goes to the nearest multiple, of two to the even one; its gradient is taken to be the identity
 * (straight through).
 *
 * <pre>{@code
 * FixedPoint grid = new FixedPoint(12, 30);  // FLOAT: ±4096 in steps of 2.4e-4
 * Coupling coupling = new ExactCoupling(f, g, grid);
 * }</pre>
 *
 * <p>In a coupling of one's own:
 *
 * <pre>{@code
 * Coupling three = Coupling.of(
 *         List.of("a", "b", "c"),
 *         grid.enter("b", "c"),                          // what functions read lies on the grid
 *         Update.of("a", grid.add(), f, "b", "c"),
 *         Move.rotate("a", "b", "c"));
 * }</pre>
 *
 * <p>Source of straight-through gradients: Bengio et al. 2013, "Estimating or Propagating Gradients Through Stochastic Neurons for
 * Conditional Computation".
 *
 * @param floatBits l for {@code FLOAT}, from 0 to 23
 * @param doubleBits l for {@code DOUBLE}, from 0 to 52
 */
public record FixedPoint(int floatBits, int doubleBits) {
    private static final int FLOAT_MANTISSA = 24;
    private static final int DOUBLE_MANTISSA = 53;

    /** The usual one: 14 and 30 fraction bits. */
    public static final FixedPoint STANDARD = new FixedPoint(14, 30);

    /** Checks that numbers of 1 lie within the range. */
    public FixedPoint {
        requireWithin(DType.FLOAT, floatBits, FLOAT_MANTISSA - 1);
        requireWithin(DType.DOUBLE, doubleBits, DOUBLE_MANTISSA - 1);
    }

    private static void requireWithin(DType dtype, int bits, int most) {
        if (bits < 0 || bits > most) {
            throw new IllegalArgumentException("fixed point: " + bits + " fraction bits of " + dtype
                    + " are not from 0 to " + most + "; one bit of the mantissa is to be left in front of the point");
        }
    }

    /** l. */
    public int fractionBits(DType dtype) {
        return switch (dtype) {
            case FLOAT -> floatBits;
            case DOUBLE -> doubleBits;
            case INT, BYTE, BIT -> throw new IllegalArgumentException("fixed point: " + dtype + " has no mantissa");
        };
    }

    /** 2^−l, the distance of neighbours. */
    public double resolution(DType dtype) {
        return Math.scalb(1.0, -fractionBits(dtype));
    }

    /** What every magnitude lies below. */
    public double range(DType dtype) {
        return Math.scalb(units(dtype), -fractionBits(dtype));
    }

    /** The range, in multiples of the resolution. */
    double units(DType dtype) {
        return switch (dtype) {
            case FLOAT -> 1 << FLOAT_MANTISSA;
            case DOUBLE -> 1L << DOUBLE_MANTISSA;
            case INT, BYTE, BIT -> throw new IllegalArgumentException("fixed point: " + dtype + " has no mantissa");
        };
    }

    /** 2^l. */
    double scale(DType dtype) {
        return Math.scalb(1.0, fractionBits(dtype));
    }

    /**
     * The nearest numbers of the grid, straight through in backward.
     *
     * @throws ArithmeticException if one is out of range
     */
    public Variable round(Variable x) {
        return apply(new FixedPointRound(this), x);
    }

    /** A step that brings streams onto the grid when they enter a coupling, and leaves alone those that lie on it. */
    public Step enter(String... streams) {
        return Step.project(this::round, streams);
    }

    /** {@code y = Q(x) + Q(v)}, Q rounding to the grid: undone to the bit where x lies on it. */
    public Combine add() {
        return new ExactAddition(this);
    }

    /** Applies an op that refuses what is out of range, and says where. */
    static Variable apply(Op op, Variable... inputs) {
        return named(inputs[0].tape(), () -> inputs[0].tape().apply(op, inputs));
    }

    /** Computes what refuses what is out of range, and says where the tape is. */
    static <R> R named(Tape tape, Supplier<R> computation) {
        String path = tape.path();
        try {
            return computation.get();
        } catch (RangeWatch.OutOfRangeException e) {
            throw path.isEmpty() ? e : new RangeWatch.OutOfRangeException(path, e);
        }
    }
}
