package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.Techniques;
import org.backpropaganda.experiments.UserException;

/**
 * How a model is trained: any combination of the techniques of the class path, none of which is plain backpropagation.
 *
 * <pre>{@code
 * Strategy strategy = Strategy.parse("reversible+abn");
 * }</pre>
 *
 * @param names of the techniques, in the order in which a strategy tells them
 */
public record Strategy(List<String> names) {
    private static final String PLAIN_NAME = "plain";

    /** What is cut from the outside is told last; of what is inside, the outermost first. */
    private static final Comparator<Technique> AS_TOLD = Comparator.<Technique, Boolean>comparing(
                    each -> each.level() == Level.MODEL)
            .thenComparing(Technique::level, Comparator.reverseOrder())
            .thenComparing(Technique::name);

    /** Stores everything. */
    public static final Strategy PLAIN = new Strategy(List.of());

    /**
     * Checks the names and brings them into their order.
     *
     * @throws UserException if one is none of a technique, or is given twice
     */
    public Strategy {
        List<Technique> known = told();
        String given = names.isEmpty() ? PLAIN_NAME : String.join("+", names);
        Set<String> wanted = new HashSet<>();
        for (String name : names) {
            if (known.stream().noneMatch(each -> each.name().equals(name))) {
                throw new UserException("unknown strategy '" + given + "': choose plain, or any of "
                        + known.stream().map(Technique::name).collect(Collectors.joining(", ")) + " joined by '+'");
            }
            if (!wanted.add(name)) {
                throw new UserException("strategy '" + given + "' names " + name + " twice");
            }
        }
        names = known.stream().map(Technique::name).filter(wanted::contains).toList();
    }

    private static List<Technique> told() {
        return Techniques.all().stream().sorted(AS_TOLD).toList();
    }

    /**
     * Reads {@code "plain"} or techniques joined by plus signs, as in {@code "reversible+abn"}.
     *
     * @throws UserException if a word is none of them
     */
    public static Strategy parse(String text) {
        return text.equals(PLAIN_NAME) ? PLAIN : new Strategy(Arrays.asList(text.split("\\+", -1)));
    }

    /** Every combination, plain first. */
    public static List<Strategy> all() {
        List<Strategy> all = new ArrayList<>(List.of(PLAIN));
        for (Technique technique : told()) {
            for (Strategy without : List.copyOf(all)) {
                all.add(without.with(technique));
            }
        }
        return all;
    }

    /**
     * What a comparison tries unless told otherwise: plain, each technique alone, and each way to execute blocks together
     * with each of their layers.
     */
    public static List<Strategy> usual() {
        List<Technique> told = told();
        List<Strategy> usual = new ArrayList<>(List.of(PLAIN));
        told.stream().filter(each -> each.level() != Level.MODEL).forEach(each -> usual.add(PLAIN.with(each)));
        for (Technique run : told) {
            for (Technique layer : told) {
                if (run.level() == Level.RUN && layer.level() == Level.LAYER) {
                    usual.add(PLAIN.with(run).with(layer));
                }
            }
        }
        told.stream().filter(each -> each.level() == Level.MODEL).forEach(each -> usual.add(PLAIN.with(each)));
        return usual;
    }

    private Strategy with(Technique technique) {
        List<String> more = new ArrayList<>(names);
        more.add(technique.name());
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

    /** The techniques in the order of their application, from the inside out. */
    public List<Technique> techniques() {
        return Techniques.all().stream()
                .filter(each -> names.contains(each.name()))
                .toList();
    }

    /** The gradients of all techniques together: as good as those of the worst. */
    public Fidelity fidelity() {
        return techniques().stream()
                .map(Technique::fidelity)
                .max(Comparator.naturalOrder())
                .orElse(Fidelity.EXACT);
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return names.isEmpty() ? PLAIN_NAME : String.join("+", names);
    }
}
