package org.backpropaganda.reversible.block;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.reversible.Combine;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Scaling;
import org.backpropaganda.reversible.Step;
import org.backpropaganda.reversible.Update;

/**
 * A column of a RevCol network: levels c1 … cL, streams of different shapes, each renewed from the level below in this column
 * and the level above in the column before: {@code c′l = αl ⊙ cl + fl(c′(l−1), c(l+1))}. Instead of a level below, the first
 * reads the side input x, which all columns share; the last has none above.
 *
 * <pre>
 * inverse  : cl = (c′l − fl(c′(l−1), c(l+1))) / αl, from L to 1
 * log |det|: Σ log |αl|, over the elements of all levels
 * cost     : two evaluations of each f in a step of training
 * drift    : each inversion multiplies an error of cl by 1/αl, that is by 2 at first
 * </pre>
 *
 * <p>αl [Cl] is a parameter of each level, 0.5 at first. Computation uses it held at ±0.001 or further from zero, so that an
 * inverse exists; where it is nearer to zero, its gradient is that of the held value, zero.
 *
 * <p>The network begins with an x of the images and zeros for all levels.
 *
 * <pre>{@code
 * // f1: (x, c2) → c1's shape; f2: (c1, c3) → c2's; f3: c2 → c3's
 * Coupling column = new ReversibleColumn(factory, List.of(f1, f2, f3), 32, 64, 128);
 * List<Variable> y = column.call(List.of(c1, c2, c3, x)); // c1′, c2′, c3′, x
 * }</pre>
 *
 * <p>Source: Cai et al. 2023, "Reversible Column Networks", § 3.1 and 3.2. Deviations: the authors hold the stored values of α
 * from zero and let the gradient pass; their first column has functions without a level above.
 */
public final class ReversibleColumn extends Coupling {
    private static final double LEAST = 1e-3;

    /**
     * A column.
     *
     * @param levels f1 … fL; each takes what is below and what is above it, and returns the shape of its own level
     * @param channels C1 … CL, the last sizes of the levels
     */
    public ReversibleColumn(ParameterFactory factory, List<? extends Module> levels, long... channels) {
        super(names(levels.size()), steps(factory, levels, channels));
    }

    private static List<String> names(int levels) {
        return IntStream.rangeClosed(1, levels).mapToObj(l -> "c" + l).toList();
    }

    private static List<Step> steps(ParameterFactory factory, List<? extends Module> levels, long... channels) {
        if (levels.isEmpty() || levels.size() != channels.length) {
            throw new IllegalArgumentException("ReversibleColumn: " + levels.size() + " functions and channels of "
                    + channels.length + " levels; give both for every level, at least one");
        }
        List<String> names = names(levels.size());
        List<Step> steps = new ArrayList<>();
        for (int l = 0; l < levels.size(); l++) {
            List<String> read = new ArrayList<>(List.of(l == 0 ? "x" : names.get(l - 1)));
            if (l + 1 < levels.size()) {
                read.add(names.get(l + 1));
            }
            steps.add(Update.of(
                            names.get(l),
                            Combine.affine(Scaling.awayFromZero(LEAST)),
                            new Level(factory, levels.get(l), channels[l]),
                            read.toArray(String[]::new))
                    .named("level" + (l + 1)));
        }
        return steps;
    }
}
