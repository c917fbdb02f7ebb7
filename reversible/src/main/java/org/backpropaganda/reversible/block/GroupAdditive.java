package org.backpropaganda.reversible.block;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Step;
import org.backpropaganda.reversible.Update;

/**
 * Additive coupling of C groups of channels, each a stream x1 … xC of one shape:
 * {@code y0 = Σ_{i ≥ 2} xi, yi = xi + fi(y(i−1))}. With two groups it is an additive coupling.
 *
 * <pre>
 * inverse  : xi = yi − fi(y(i−1)), from C to 1; then y0 is the sum of what was had back
 * log |det|: 0
 * cost     : two evaluations of each function in a step of training
 * drift    : that of an additive coupling
 * </pre>
 *
 * <pre>{@code
 * Coupling four = new GroupAdditive(List.of(f1, f2, f3, f4));
 * List<Variable> y = four.call(Ops.split(x, -1, 16, 16, 16, 16));
 * Coupling graph = new GroupAdditive(List.of(f1, f2), "edges"); // each function is called with (y(i−1), edges)
 * }</pre>
 *
 * <p>Source: Li et al. 2021, "Training Graph Neural Networks with 1000 Layers", § 3 (grouped reversible residual connections).
 */
public final class GroupAdditive extends Coupling {
    private static final int LEAST = 2;

    /**
     * A coupling of as many streams as functions.
     *
     * @param functions f1 … fC, at least two different ones, that keep the shape of a stream
     * @param sides names of inputs that every function reads behind its stream
     */
    public GroupAdditive(List<? extends Module> functions, String... sides) {
        super(streams(functions.size()), steps(functions, List.of(sides)));
    }

    private static List<String> streams(int groups) {
        return IntStream.rangeClosed(1, groups).mapToObj(i -> "x" + i).toList();
    }

    private static List<Step> steps(List<? extends Module> functions, List<String> sides) {
        int groups = functions.size();
        if (groups < LEAST) {
            throw new IllegalArgumentException(
                    "GroupAdditive: " + groups
                            + " functions make as many groups, and a group is changed by the others; give two functions or more");
        }
        List<String> streams = streams(groups);
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < groups; i++) {
            List<String> read = new ArrayList<>(i == 0 ? streams.subList(1, groups) : List.of(streams.get(i - 1)));
            Module f = functions.get(i);
            Module function = read.size() > 1 ? new OfSum(f, read.size()) : f;
            read.addAll(sides);
            steps.add(Update.add(streams.get(i), function, read.toArray(String[]::new))
                    .named("f" + (i + 1)));
        }
        return steps;
    }
}
