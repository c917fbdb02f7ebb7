package org.backpropaganda.experiments.peak;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.jspecify.annotations.Nullable;

/**
 * What one {@link Peak} has more or less than another, and what became of it. The parts add up to the difference exactly.
 *
 * <pre>{@code
 * PeakDifference.between("plain", plain, "checkpoint", checkpoint).sentence()
 * // checkpoint against plain: −312.0 MiB at the peak: −240.0 inputs of conv2d recomputed, −72.0 optimizer state
 * }</pre>
 *
 * @param from the name of the one that is compared with
 * @param to the name of the other
 * @param bytes of the other's peak, less the one's
 * @param parts of the difference, largest first
 */
public record PeakDifference(String from, String to, long bytes, List<Part> parts) {
    /** Parts of less than this share of all that moved are told together. */
    private static final double SMALL = 0.03;

    private static final double KIBIBYTE = 1 << 10;
    private static final double MEBIBYTE = 1 << 20;
    private static final String NOT_MADE = "not made";
    private static final String NEW = "new";

    /**
     * A part of the difference.
     *
     * @param kind of the bytes
     * @param op that made them; empty for what no op of the step made, and for ops of both sides
     * @param what they are, as {@code "inputs of conv2d"}
     * @param fate what became of them where there are fewer: {@code "recomputed"}, {@code "offloaded"}, {@code "let go"} or
     *     {@code "not made"}; where there are more, {@code "kept"} if the other side did something else with them, or {@code
     *     "new"}; empty for all but activations, and for those that both sides make by other ops or under other paths
     * @param count of tensors, more or fewer
     * @param bytes more or fewer
     */
    public record Part(MemoryKind kind, String op, String what, String fate, int count, long bytes) {}

    private record Holding(String path, MemoryKind kind, String op) {}

    private record Group(MemoryKind kind, String op, String what, String fate) {}

    /** The difference of a peak from another. */
    public static PeakDifference between(String from, Peak one, String to, Peak other) {
        Map<Holding, PeakHolder> ones = holders(one);
        Map<Holding, PeakHolder> others = holders(other);
        Set<Holding> all = new LinkedHashSet<>(ones.keySet());
        all.addAll(others.keySet());
        Map<Group, long[]> sums = new LinkedHashMap<>();
        for (Holding holding : all) {
            PeakHolder before = ones.get(holding);
            PeakHolder after = others.get(holding);
            long bytes = bytes(after) - bytes(before);
            if (bytes != 0) {
                PeakHolder told = before == null || (after != null && bytes > 0) ? after : before;
                String fate = fate(holding, bytes < 0 ? other : one, bytes < 0);
                long[] sum = sums.computeIfAbsent(
                        new Group(holding.kind(), holding.op(), words(told), fate), group -> new long[2]);
                sum[0] += count(after) - count(before);
                sum[1] += bytes;
            }
        }
        List<Part> parts = new ArrayList<>();
        net(sums)
                .forEach((group, sum) -> parts.add(new Part(
                        group.kind(), group.op(), group.what(), group.fate(), Math.toIntExact(sum[0]), sum[1])));
        parts.removeIf(part -> part.bytes() == 0 && part.count() == 0);
        parts.sort(Comparator.comparingLong((Part part) -> Math.abs(part.bytes()))
                .reversed()
                .thenComparing(Part::what)
                .thenComparing(Part::op));
        return new PeakDifference(from, to, other.bytes() - one.bytes(), List.copyOf(parts));
    }

    /**
     * What one side holds and the other does not make, and what only the other side makes, are the same to their readers where
     * they have the same words, as with an op that does the work of two, or modules of other paths: less one from the other.
     */
    private static Map<Group, long[]> net(Map<Group, long[]> sums) {
        Map<Group, long[]> netted = new LinkedHashMap<>();
        sums.forEach((group, sum) -> {
            boolean unmatched = group.fate().equals(NOT_MADE) || group.fate().equals(NEW);
            boolean opposed = unmatched && sums.keySet().stream().anyMatch(each -> isOpposed(group, each));
            Group kept = opposed ? new Group(group.kind(), "", group.what(), "") : group;
            long[] all = netted.computeIfAbsent(kept, each -> new long[2]);
            all[0] += sum[0];
            all[1] += sum[1];
        });
        return netted;
    }

    private static boolean isOpposed(Group group, Group other) {
        return group.kind() == other.kind()
                && group.what().equals(other.what())
                && (group.fate().equals(NOT_MADE) ? NEW : NOT_MADE).equals(other.fate());
    }

    private static Map<Holding, PeakHolder> holders(Peak peak) {
        return peak.holders().stream()
                .collect(Collectors.toMap(
                        each -> new Holding(each.path(), each.kind(), each.op()),
                        each -> each,
                        (a, b) -> a,
                        LinkedHashMap::new));
    }

    private static long bytes(@Nullable PeakHolder holder) {
        return holder == null ? 0 : holder.bytes();
    }

    private static int count(@Nullable PeakHolder holder) {
        return holder == null ? 0 : holder.count();
    }

    private static String words(@Nullable PeakHolder holder) {
        return holder == null ? "" : holder.words();
    }

    private static String fate(Holding holding, Peak elsewhere, boolean fewer) {
        if (holding.kind() != MemoryKind.ACTIVATION) {
            return "";
        }
        String fate = elsewhere.fate(holding.path(), holding.op());
        return fewer ? (fate.isEmpty() ? NOT_MADE : fate) : (fate.isEmpty() ? NEW : "kept");
    }

    /** The difference in one sentence, in MiB or, below one, in KiB: parts of the same words as one, the largest first, small ones gathered. */
    public String sentence() {
        Map<String, Long> told = new LinkedHashMap<>();
        for (Part part : parts) {
            told.merge((part.what() + " " + part.fate()).strip(), part.bytes(), Long::sum);
        }
        long moved = told.values().stream().mapToLong(Math::abs).sum();
        List<Map.Entry<String, Long>> largest = told.entrySet().stream()
                .filter(each -> Math.abs(each.getValue()) >= SMALL * moved && each.getValue() != 0)
                .sorted(Comparator.comparingLong((Map.Entry<String, Long> each) -> Math.abs(each.getValue()))
                        .reversed())
                .toList();
        boolean small = !largest.isEmpty()
                && Math.abs(bytes) < MEBIBYTE
                && largest.stream().allMatch(each -> Math.abs(each.getValue()) < MEBIBYTE);
        double unit = small ? KIBIBYTE : MEBIBYTE;
        String words = largest.stream()
                .map(each -> size(each.getValue(), unit) + " " + each.getKey())
                .collect(Collectors.joining(", "));
        long left = bytes - largest.stream().mapToLong(Map.Entry::getValue).sum();
        if (left != 0) {
            words += (words.isEmpty() ? "" : ", ") + size(left, unit) + " others";
        }
        return to + " against " + from + ": " + size(bytes, unit) + (small ? " KiB" : " MiB") + " at the peak"
                + (words.isEmpty() ? "" : ": " + words);
    }

    private static String size(long bytes, double unit) {
        String size = String.format(Locale.ROOT, "%.1f", Math.abs(bytes) / unit);
        return (bytes < 0 ? "−" : "+") + size;
    }
}
