package org.backpropaganda.experiments.peak;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.tensor.AllocationWatcher.Phase;
import org.backpropaganda.autograd.tensor.MemoryKind;

/**
 * Who was alive when a step held the most bytes, and what became of what the step made and does not hold then. The bytes of the
 * holders add up to those of the peak, which are the ledger's.
 *
 * <pre>{@code
 * peak.holders().get(0)   // the largest: its module's path, its kind, the op that made it
 * }</pre>
 *
 * @param bytes that were alive
 * @param holders by path, kind and op; largest first
 * @param fates what became of results of forward that are not kept as they are: a fate, as {@code "recomputed"}, {@code
 *     "offloaded"} or {@code "let go"}; then an op; then the paths of its modules
 */
public record Peak(long bytes, List<PeakHolder> holders, Map<String, Map<String, List<String>>> fates) {
    static final String RECOMPUTED = "recomputed";
    static final String LET_GO = "let go";

    /** Of the step that a log tells of. */
    public static Peak of(StepLog log) {
        Map<LoggedBlock, StepLog.Event> alive = new LinkedHashMap<>();
        log.events().subList(0, log.eventsToPeak()).forEach(event -> {
            if (event.change() == StepLog.Change.FREED) {
                alive.remove(event.block());
            } else {
                alive.put(event.block(), event);
            }
        });
        Map<Key, Gathered> gathered = new LinkedHashMap<>();
        alive.forEach((block, event) -> gathered.computeIfAbsent(
                        new Key(event.path(), event.kind(), block.op()), key -> new Gathered())
                .add(block));
        List<PeakHolder> holders = new ArrayList<>();
        gathered.forEach((key, of) -> holders.add(of.holder(key)));
        holders.sort(Comparator.comparingLong(PeakHolder::bytes)
                .reversed()
                .thenComparing(PeakHolder::path)
                .thenComparing(PeakHolder::kind)
                .thenComparing(PeakHolder::op));
        long bytes = holders.stream().mapToLong(PeakHolder::bytes).sum();
        return new Peak(bytes, List.copyOf(holders), fates(log, alive));
    }

    /** Bytes by kind: a part of {@link #bytes} each. */
    public Map<MemoryKind, Long> byKind() {
        return sums(PeakHolder::kind);
    }

    /** Bytes by module path. */
    public Map<String, Long> byPath() {
        return sums(PeakHolder::path);
    }

    private <K extends Comparable<K>> Map<K, Long> sums(Function<PeakHolder, K> key) {
        return holders.stream()
                .collect(Collectors.groupingBy(key, TreeMap::new, Collectors.summingLong(PeakHolder::bytes)));
    }

    /** What became of the results of an op of a module: a fate; empty where the step did not make any. */
    String fate(String path, String op) {
        return fates.entrySet().stream()
                .filter(each -> each.getValue().getOrDefault(op, List.of()).contains(path))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("");
    }

    private record Key(String path, MemoryKind kind, String op) {}

    private static final class Gathered {
        private final Map<String, Long> heldFor = new TreeMap<>();
        private final Map<String, Integer> shapes = new TreeMap<>();
        private boolean gradient;
        private int count;
        private long bytes;

        void add(LoggedBlock block) {
            block.readers().forEach(reader -> heldFor.merge(reader, block.bytes(), Long::sum));
            shapes.merge(block.spec().toString(), 1, Integer::sum);
            gradient |= block.isGradient();
            count++;
            bytes += block.bytes();
        }

        PeakHolder holder(Key key) {
            List<String> largestFirst = heldFor.entrySet().stream()
                    .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                    .map(Map.Entry::getKey)
                    .toList();
            return new PeakHolder(key.path(), key.kind(), key.op(), largestFirst, gradient, count, bytes, shapes);
        }
    }

    private record Made(String op, String path) {}

    private static Map<String, Map<String, List<String>>> fates(StepLog log, Map<LoggedBlock, StepLog.Event> alive) {
        Map<Made, String> fates = new LinkedHashMap<>();
        for (LoggedBlock block : log.blocks()) {
            LoggedCall maker = block.maker();
            if (maker == null || maker.phase() == Phase.BACKWARD || maker.phase() == Phase.UPDATE) {
                continue;
            }
            Made made = new Made(maker.name(), maker.path());
            if (maker.isAgain()) {
                fates.put(made, RECOMPUTED);
            } else if (!block.codecs().isEmpty() && !RECOMPUTED.equals(fates.get(made))) {
                fates.put(made, packed(block.codecs().get(0)));
            } else if (!alive.containsKey(block)) {
                fates.putIfAbsent(made, LET_GO);
            }
        }
        Map<String, Map<String, List<String>>> sorted = new TreeMap<>();
        fates.forEach((made, fate) -> sorted.computeIfAbsent(fate, f -> new TreeMap<>())
                .computeIfAbsent(made.op(), op -> new ArrayList<>())
                .add(made.path()));
        return sorted;
    }

    private static String packed(String codec) {
        return switch (codec) {
            case "recompute" -> RECOMPUTED;
            case "evict" -> "evicted";
            case "offload" -> "offloaded";
            default -> "packed (" + codec + ")";
        };
    }
}
