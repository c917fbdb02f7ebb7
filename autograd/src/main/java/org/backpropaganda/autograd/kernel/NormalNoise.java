package org.backpropaganda.autograd.kernel;

import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Standard normal numbers that nobody stores: each is a function of a key and its place, the same to the bit whenever it is drawn,
 * on every machine and for every thread count.
 *
 * <p>Sources: Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators": SplitMix64 at a position gives a
 * uniform number; Wichura 1988, "Algorithm AS 241: The Percentage Points of the Normal Distribution", PPND16: the normal one
 * below which that share lies, within 1e-15 of it. Nothing beyond 8.21 occurs.
 */
@Internal
public final class NormalNoise {
    private static final double CENTRE = 0.425;
    private static final double CENTRE_SQUARED = 0.180625;
    private static final double FAR = 5;
    private static final double NEAR_SHIFT = 1.6;

    private static final double[] CENTRE_OVER = {
        3.3871328727963665,
        133.14166789178438,
        1971.5909503065513,
        13731.69376550946,
        45921.95393154987,
        67265.7709270087,
        33430.57558358813,
        2509.0809287301227
    };
    private static final double[] CENTRE_UNDER = {
        1,
        42.31333070160091,
        687.1870074920579,
        5394.196021424751,
        21213.794301586597,
        39307.89580009271,
        28729.085735721943,
        5226.495278852854
    };
    private static final double[] TAIL_OVER = {
        1.4234371107496835,
        4.630337846156546,
        5.769497221460691,
        3.6478483247632045,
        1.2704582524523684,
        0.2417807251774506,
        0.022723844989269184,
        7.745450142783414e-4
    };
    private static final double[] TAIL_UNDER = {
        1,
        2.053191626637759,
        1.6763848301838038,
        0.6897673349851,
        0.14810397642748008,
        0.015198666563616457,
        5.475938084995345e-4,
        1.0507500716444169e-9
    };
    private static final double[] FAR_OVER = {
        6.657904643501103,
        5.463784911164114,
        1.7848265399172913,
        0.29656057182850487,
        0.026532189526576124,
        0.0012426609473880784,
        2.7115555687434876e-5,
        2.0103343992922881e-7
    };
    private static final double[] FAR_UNDER = {
        1,
        0.599832206555888,
        0.1369298809227358,
        0.014875361290850615,
        7.868691311456133e-4,
        1.8463183175100548e-5,
        1.421511758316446e-7,
        2.0442631033899397e-15
    };

    private NormalNoise() {}

    /**
     * {@code out = keep x + Σₛ scales[s] zₛ}, computed in double and rounded once; out may be x itself.
     *
     * @param keys of the zₛ, one for each scale
     */
    public static void add(Tensor out, double keep, Tensor x, long[] keys, double[] scales) {
        HostLoop.run(1, FloatLoops.noise(keep, keys, scales), DoubleLoops.noise(keep, keys, scales), out, x);
    }

    /** {@code Σᵢ xᵢ zᵢ} for the z of each key, in double. */
    public static double[] dot(Tensor x, long... keys) {
        NavigableMap<Long, double[]> pieces = new ConcurrentSkipListMap<>();
        HostLoop.run(0, FloatLoops.noiseDot(keys, pieces), DoubleLoops.noiseDot(keys, pieces), x);
        return HostLoop.total(keys.length, pieces);
    }

    /** The number in a place, from 0, under a key. */
    public static double at(long key, long place) {
        return quantile(((DropoutMask.bits(key, place) >>> 12) + 0.5) * 0x1p-52);
    }

    /** The number below which a share u of the normal distribution lies, 0 &lt; u &lt; 1. */
    static double quantile(double u) {
        double q = u - 0.5;
        if (Math.abs(q) <= CENTRE) {
            double r = CENTRE_SQUARED - q * q;
            return q * (polynomial(CENTRE_OVER, r) / polynomial(CENTRE_UNDER, r));
        }
        double r = Math.sqrt(-StrictMath.log(q < 0 ? u : 1 - u));
        double z = r <= FAR
                ? polynomial(TAIL_OVER, r - NEAR_SHIFT) / polynomial(TAIL_UNDER, r - NEAR_SHIFT)
                : polynomial(FAR_OVER, r - FAR) / polynomial(FAR_UNDER, r - FAR);
        return q < 0 ? -z : z;
    }

    private static double polynomial(double[] c, double r) {
        return ((((((c[7] * r + c[6]) * r + c[5]) * r + c[4]) * r + c[3]) * r + c[2]) * r + c[1]) * r + c[0];
    }
}
