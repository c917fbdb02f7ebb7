package org.backpropaganda.checkpointing.compress;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;

/**
 * How many bits each saved tensor gets, so that under an average the gradients vary least. Immutable.
 *
 * <pre>{@code
 * BitAllocation allocation = BitAllocation.measure(step, 4);
 * SavedTensorPolicy policy = CompressPolicy.builder().bits(allocation).build();
 * }</pre>
 *
 * <p>With b bits the variance of the gradients is taken for C 2^(−2 (b − 1)), C that with one bit. All begin with 8 bits, and as
 * long as the average is above the goal, the tensor goes from 8 to 4 or from 4 to 2 bits whose variance grows least for each bit
 * that is saved.
 *
 * <p>Sources: Liu et al. 2022, "GACT: Activation Compressed Training for Generic Network Architectures", § 4.2 and 4.3, and their
 * code for the sensitivity; Chen et al. 2021, "ActNN", § 4.1, for the order. Deviation: while one tensor is measured all others
 * are kept as they are, and codes of 1 bit are used to measure alone.
 */
public final class BitAllocation {
    private static final int[] CHOICES = {8, 4, 2};

    private final Map<SavedName, Integer> bits;

    private BitAllocation(Map<SavedName, Integer> bits) {
        this.bits = Collections.unmodifiableMap(new LinkedHashMap<>(bits));
    }

    /**
     * A tensor, or several that share their bytes.
     *
     * @param names of its savings
     * @param elements of all tensors so called
     * @param variance C, that of the gradients if it is kept in one bit
     */
    public record Sensitivity(Set<SavedName> names, long elements, double variance) {}

    /** The bits of what is saved under a name, or none. */
    public OptionalInt bits(SavedName name) {
        Integer found = bits.get(name);
        return found == null ? OptionalInt.empty() : OptionalInt.of(found);
    }

    /** All bits by name, in the order of saving. */
    public Map<SavedName, Integer> bits() {
        return bits;
    }

    /** Bits that somebody chose, or read from where an allocation was written: each 2, 4 or 8. */
    public static BitAllocation of(Map<SavedName, Integer> bits) {
        bits.values().forEach(QuantizedCodec::new);
        return new BitAllocation(bits);
    }

    /**
     * Measures how gradients vary with each tensor that {@link CompressPolicy} may pack, and allocates. The step runs three times
     * a tensor, and once more.
     *
     * @param averageBits at most so many an element, at least 2; what is kept for each group is not counted
     */
    public static BitAllocation measure(GradientStep step, double averageBits) {
        return allocate(sensitivities(step), averageBits);
    }

    /** C of each tensor that {@link CompressPolicy} may pack: max(d₀₁, 2 max(d₀₂, d₁₂)), d the squared distances of the gradients
     * with one bit under two seeds, 0 and 1, and with eight, 2. */
    public static List<Sensitivity> sensitivities(GradientStep step) {
        PackingReport report = new PackingReport(CompressPolicy.of(new QuantizedCodec(CHOICES[0])));
        step.gradients(report);
        List<Sensitivity> sensitivities = new ArrayList<>();
        groups(report).forEach((names, elements) -> {
            Map<String, double[]> first = step.gradients(only(names, new QuantizedCodec(1, 1)));
            Map<String, double[]> second = step.gradients(only(names, new QuantizedCodec(1, 2)));
            Map<String, double[]> fine = step.gradients(only(names, new QuantizedCodec(CHOICES[0], 3)));
            double variance = Math.max(
                    squaredDistance(first, second),
                    2 * Math.max(squaredDistance(first, fine), squaredDistance(second, fine)));
            sensitivities.add(new Sensitivity(names, elements, variance));
        });
        return sensitivities;
    }

    private static SavedTensorPolicy only(Set<SavedName> names, SavedTensorCodec codec) {
        return CompressPolicy.builder()
                .where(saving -> names.contains(SavedName.of(saving)), codec)
                .build();
    }

    /** Names that share bytes, with the elements of all that is saved under them. */
    private static Map<Set<SavedName>, Long> groups(PackingReport report) {
        List<PackingReport.Row> rows = report.rows();
        NameGroups groups = new NameGroups();
        for (PackingReport.Row row : rows) {
            if (!row.isExact()) {
                PackingReport.Row shared = rows.get(row.sharing());
                groups.join(row.name(), shared.isExact() ? row.name() : shared.name());
            }
        }
        Map<Set<SavedName>, Long> elements = new LinkedHashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            PackingReport.Row row = rows.get(i);
            if (!row.isExact() && (row.sharing() == i || rows.get(row.sharing()).isExact())) {
                elements.merge(groups.of(row.name()), row.spec().shape().elements(), Long::sum);
            }
        }
        return elements;
    }

    private static double squaredDistance(Map<String, double[]> a, Map<String, double[]> b) {
        double sum = 0;
        for (Map.Entry<String, double[]> entry : a.entrySet()) {
            double[] other = b.get(entry.getKey());
            if (other == null || other.length != entry.getValue().length) {
                throw new IllegalArgumentException("bit allocation: the step gave a gradient of " + entry.getKey()
                        + " once, and another or none the next time; let it compute the same each time");
            }
            for (int i = 0; i < other.length; i++) {
                double difference = entry.getValue()[i] - other[i];
                sum += difference * difference;
            }
        }
        return sum;
    }

    /**
     * Allocates bits by sensitivities.
     *
     * @param averageBits at most so many an element, at least 2
     * @throws IllegalArgumentException if it is below 2
     */
    public static BitAllocation allocate(List<Sensitivity> sensitivities, double averageBits) {
        if (!(averageBits >= CHOICES[CHOICES.length - 1])) {
            throw new IllegalArgumentException(
                    "bit allocation: an average of " + averageBits + " bits is below the fewest that a tensor gets, 2");
        }
        int[] choice = new int[sensitivities.size()];
        double bits = 0;
        double allowed = 0;
        for (Sensitivity each : sensitivities) {
            bits += (double) CHOICES[0] * each.elements;
            allowed += averageBits * each.elements;
        }
        while (bits > allowed) {
            int cheapest = cheapest(sensitivities, choice);
            bits -= (double) saved(choice[cheapest]) * sensitivities.get(cheapest).elements;
            choice[cheapest]++;
        }
        Map<SavedName, Integer> all = new LinkedHashMap<>();
        for (int i = 0; i < choice.length; i++) {
            int chosen = CHOICES[choice[i]];
            sensitivities.get(i).names.forEach(name -> all.put(name, chosen));
        }
        return new BitAllocation(all);
    }

    private static int saved(int choice) {
        return CHOICES[choice] - CHOICES[choice + 1];
    }

    /** The first of those whose variance grows least for each bit that is saved. */
    private static int cheapest(List<Sensitivity> sensitivities, int[] choice) {
        int cheapest = -1;
        double least = 0;
        for (int i = 0; i < choice.length; i++) {
            if (choice[i] + 1 < CHOICES.length) {
                Sensitivity each = sensitivities.get(i);
                double growth =
                        each.variance * (share(choice[i] + 1) - share(choice[i])) / saved(choice[i]) / each.elements;
                if (cheapest < 0 || growth < least) {
                    cheapest = i;
                    least = growth;
                }
            }
        }
        return cheapest;
    }

    private static double share(int choice) {
        return Math.scalb(1.0, -2 * (CHOICES[choice] - 1));
    }

    /** A line for each name. */
    @Override
    public String toString() {
        Function<Map.Entry<SavedName, Integer>, String> line =
                entry -> String.format(Locale.ROOT, "%-48s %d bits%n", entry.getKey(), entry.getValue());
        return bits.entrySet().stream().map(line).collect(Collectors.joining());
    }
}
