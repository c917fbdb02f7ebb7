package org.backpropaganda.experiments.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.experiments.peak.Peak;
import org.backpropaganda.experiments.peak.PeakHolder;

/** A step's peak in lines: its bytes, and the modules that hold the most of them. */
final class PeakLines {
    private static final double MEBIBYTE = 1 << 20;

    private PeakLines() {}

    /**
     * The lines.
     *
     * @param peak empty where it is not known
     * @param optimizer whose state is in it
     * @param count of modules at most
     * @param levels how many names of a module's path are told; what lies deeper is added up
     */
    static List<String> of(Optional<Peak> peak, String optimizer, int count, int levels) {
        String total =
                "peak of a step, all in all (parameters, gradients, activations, batch, state of " + optimizer + "): ";
        if (peak.isEmpty()) {
            return List.of(total + "unknown");
        }
        List<String> lines = new ArrayList<>();
        long bytes = peak.get().bytes();
        lines.add(total + String.format(Locale.ROOT, "%,d bytes = %.1f MiB", bytes, bytes / MEBIBYTE));
        if (count > 0) {
            lines.add("who holds the most then:");
            modules(peak.get(), levels).entrySet().stream()
                    .sorted(Comparator.comparingLong(
                                    (Map.Entry<String, Map<MemoryKind, Long>> each) -> sum(each.getValue()))
                            .reversed()
                            .thenComparing(Map.Entry::getKey))
                    .limit(count)
                    .forEach(each -> lines.add(line(each.getKey(), each.getValue(), bytes)));
        }
        return lines;
    }

    private static Map<String, Map<MemoryKind, Long>> modules(Peak peak, int levels) {
        Map<String, Map<MemoryKind, Long>> modules = new TreeMap<>();
        for (PeakHolder holder : peak.holders()) {
            modules.computeIfAbsent(module(holder, levels), path -> new EnumMap<>(MemoryKind.class))
                    .merge(holder.kind(), holder.bytes(), Long::sum);
        }
        return modules;
    }

    /** The last name of what belongs to a parameter is the parameter's. */
    private static String module(PeakHolder holder, int levels) {
        List<String> names = Arrays.asList(holder.path().split("\\.", -1));
        boolean ofParameter = switch (holder.kind()) {
            case PARAMETER, GRADIENT, OPTIMIZER -> true;
            case INPUT, ACTIVATION, TEMPORARY, SCRATCH -> false;
        };
        String path = names.stream()
                .limit(Math.min(levels, ofParameter ? names.size() - 1 : names.size()))
                .collect(Collectors.joining("."));
        return path.isEmpty() ? "(model)" : path;
    }

    private static long sum(Map<MemoryKind, Long> kinds) {
        return kinds.values().stream().mapToLong(Long::longValue).sum();
    }

    private static String line(String path, Map<MemoryKind, Long> kinds, long bytes) {
        String parts = kinds.entrySet().stream()
                .sorted(Map.Entry.<MemoryKind, Long>comparingByValue().reversed())
                .map(each -> String.format(
                        Locale.ROOT,
                        "%s %.1f",
                        each.getKey().name().toLowerCase(Locale.ROOT),
                        each.getValue() / MEBIBYTE))
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "  %s  %.1f MiB, %.1f%%: %s",
                path,
                sum(kinds) / MEBIBYTE,
                100.0 * sum(kinds) / bytes,
                parts);
    }
}
