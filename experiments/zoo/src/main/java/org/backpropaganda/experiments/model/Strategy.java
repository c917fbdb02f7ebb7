package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.Techniques;
import org.backpropaganda.autograd.technique.Usage;
import org.backpropaganda.experiments.Nearest;
import org.backpropaganda.experiments.UserException;
import org.jspecify.annotations.Nullable;

/**
 * How a model is trained: any combination of the techniques of the class path, none of which is plain backpropagation. It is
 * told as it was written; two that have the same techniques are equal, in whatever order they were written.
 *
 * <pre>{@code
 * Strategy strategy = Strategy.parse("checkpoint:revolve=5+abn");
 * }</pre>
 */
public final class Strategy {
    private static final String PLAIN_NAME = "plain";

    /** The technique that uses all others. */
    static final String PLAN = "plan";

    /** The setting that tells the techniques which a plan may use though they are not exact. */
    static final String ALLOW = "allow";

    /** What is cut from the outside is told last; of what is inside, the outermost first. */
    private static final Comparator<Technique> AS_TOLD = Comparator.<Technique, Boolean>comparing(
                    each -> each.level() == Level.MODEL)
            .thenComparing(Technique::level, Comparator.reverseOrder())
            .thenComparing(Technique::name);

    /** Stores everything. */
    public static final Strategy PLAIN = new Strategy(List.of());

    private final List<Technique> told;
    private final Map<String, String> words;
    private final @Nullable StepOutline step;

    private Strategy(List<Technique> told) {
        this(told, Map.of(), null);
    }

    private Strategy(List<Technique> told, Map<String, String> words, @Nullable StepOutline step) {
        this.told = List.copyOf(told);
        this.words = Map.copyOf(words);
        this.step = step;
    }

    /**
     * The same techniques, told settings that are no part of a strategy.
     *
     * @param settings by name, as {@code offload-dir}
     */
    public Strategy told(Map<String, String> settings) {
        return new Strategy(told, settings, step);
    }

    /**
     * The same techniques, told what a training step has beside the model.
     *
     * @param outline of the model's own images, labels and optimizer
     */
    public Strategy told(StepOutline outline) {
        return new Strategy(told, words, outline);
    }

    /** Whether a planner chooses what it does, for a step that it has to be told. */
    public boolean isPlanned() {
        return has(PLAN);
    }

    @Nullable
    StepOutline step() {
        return step;
    }

    Map<String, String> words() {
        return words;
    }

    private static List<Technique> known() {
        return Techniques.all().stream().sorted(AS_TOLD).toList();
    }

    /**
     * Reads {@code "plain"} or techniques joined by plus signs, as in {@code "reversible+abn"} or {@code "cheap+save:q8"}.
     *
     * @throws UserException if a word is none of them, takes no such argument, or is given twice
     */
    public static Strategy parse(String text) {
        if (text.equals(PLAIN_NAME)) {
            return PLAIN;
        }
        List<Technique> techniques = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String term : text.split("\\+", -1)) {
            Technique technique = technique(term, text);
            if (!names.add(technique.name())) {
                throw new UserException("strategy '" + text + "' names " + technique.name() + " twice");
            }
            techniques.add(technique);
        }
        Strategy strategy = new Strategy(techniques);
        if (techniques.size() > 1 && strategy.isPlanned()) {
            throw new UserException("strategy '" + text + "': " + PLAN
                    + " chooses among all techniques by itself; write it alone, and allow others by --allow");
        }
        return strategy;
    }

    private static Technique technique(String term, String text) {
        try {
            return Techniques.parse(term)
                    .orElseThrow(() -> new UserException("unknown strategy '" + text + "'" + near(term)
                            + ": choose plain, or any of "
                            + usages().stream().map(Usage::term).collect(Collectors.joining(", "))
                            + " joined by '+'"));
        } catch (IllegalArgumentException e) {
            throw new UserException("strategy '" + text + "': " + e.getMessage());
        }
    }

    private static String near(String term) {
        List<String> names =
                new ArrayList<>(known().stream().map(Technique::name).toList());
        names.add(PLAIN_NAME);
        return Nearest.question(term, names);
    }

    /** Every way to write a technique, for help. */
    public static List<Usage> usages() {
        return known().stream().flatMap(each -> each.usages().stream()).toList();
    }

    /**
     * Every combination of usual techniques that stand without an argument, plain first; of those that cut the model, one at
     * most.
     */
    public static List<Strategy> all() {
        List<Strategy> all = new ArrayList<>(List.of(PLAIN));
        for (Technique technique : alone()) {
            for (Strategy without : List.copyOf(all)) {
                if (technique.level() != Level.MODEL
                        || without.told.stream().noneMatch(each -> each.level() == Level.MODEL)) {
                    all.add(without.with(technique));
                }
            }
        }
        return all;
    }

    /**
     * What a comparison tries unless told otherwise: plain, each technique alone, and each way to execute blocks together
     * with each of their layers.
     */
    public static List<Strategy> usual() {
        List<Technique> alone = alone();
        List<Strategy> usual = new ArrayList<>(List.of(PLAIN));
        alone.stream().filter(each -> each.level() != Level.MODEL).forEach(each -> usual.add(PLAIN.with(each)));
        for (Technique run : alone) {
            for (Technique layer : alone) {
                if (run.level() == Level.RUN && layer.level() == Level.LAYER) {
                    usual.add(PLAIN.with(run).with(layer));
                }
            }
        }
        alone.stream().filter(each -> each.level() == Level.MODEL).forEach(each -> usual.add(PLAIN.with(each)));
        return usual;
    }

    private static List<Technique> alone() {
        return known().stream()
                .filter(Techniques::standsAlone)
                .filter(Technique::isUsual)
                .toList();
    }

    /** Keeps the order of {@link #AS_TOLD}. */
    private Strategy with(Technique technique) {
        List<Technique> more = new ArrayList<>(told);
        more.add(technique);
        more.sort(AS_TOLD);
        return new Strategy(more);
    }

    /** Reads a comma-separated list. */
    public static List<Strategy> parseAll(String text) {
        List<Strategy> all = Arrays.stream(text.split(",", -1))
                .map(String::trim)
                .map(Strategy::parse)
                .toList();
        if (Set.copyOf(all).size() < all.size()) {
            throw new UserException("strategies '" + text + "' name one twice");
        }
        return all;
    }

    /** Whether a technique is among them, whatever its argument. */
    public boolean has(String name) {
        return told.stream().anyMatch(each -> each.name().equals(name));
    }

    /** The techniques in the order of their application, from the inside out. */
    public List<Technique> techniques() {
        return told.stream().sorted(Techniques.APPLICATION).toList();
    }

    /** The gradients of all techniques together: as good as those of the worst. */
    public Fidelity fidelity() {
        return Stream.concat(told.stream(), allowed())
                .map(Technique::fidelity)
                .max(Comparator.naturalOrder())
                .orElse(Fidelity.EXACT);
    }

    /** What a planner may use though it is not exact. */
    private Stream<Technique> allowed() {
        String terms = words.get(ALLOW);
        return !isPlanned() || terms == null
                ? Stream.of()
                : Arrays.stream(terms.split(",", -1)).flatMap(term -> Techniques.parse(term).stream());
    }

    /** The most bytes that may be live while it trains; {@link Long#MAX_VALUE} where nothing sets a bound. */
    public long memoryBudgetBytes() {
        return told.stream()
                .flatMapToLong(each -> each.memoryBudgetBytes().stream())
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** The same techniques in the one order that all that are equal have. */
    public Strategy sorted() {
        return new Strategy(told.stream().sorted(AS_TOLD).toList());
    }

    private List<String> terms() {
        return told.stream().map(Technique::term).toList();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Strategy strategy
                && sorted().terms().equals(strategy.sorted().terms());
    }

    @Override
    public int hashCode() {
        return sorted().terms().hashCode();
    }

    /** As it was written. */
    @Override
    public String toString() {
        return told.isEmpty() ? PLAIN_NAME : String.join("+", terms());
    }
}
