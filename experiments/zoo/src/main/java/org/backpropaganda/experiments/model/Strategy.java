package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.backpropaganda.experiments.UserException;

/**
 * How a model is trained: any combination of the techniques, none of which is plain backpropagation.
 *
 * @param techniques what is combined
 */
public record Strategy(Set<Technique> techniques) {

    /** One way to save memory. */
    public enum Technique {
        /** √n segments that keep their inputs; around a reversible sequence, one checkpoint of all of it. */
        CHECKPOINT,
        /** Couplings that reconstruct their inputs. */
        REVERSIBLE,
        /** In-place activated batch norm for every pair that can. */
        ABN,
        /** Modules that do not wait for the gradient. */
        DECOUPLED
    }

    /** Stores everything. */
    public static final Strategy PLAIN = new Strategy(Set.of());

    /**
     * Reads {@code "plain"} or techniques joined by plus signs, as in {@code "reversible+abn"}.
     *
     * @throws UserException if a word is none of them
     */
    public static Strategy parse(String text) {
        if (text.equals("plain")) {
            return PLAIN;
        }
        EnumSet<Technique> found = EnumSet.noneOf(Technique.class);
        for (String word : text.split("\\+", -1)) {
            Technique technique = Arrays.stream(Technique.values())
                    .filter(t -> t.name().toLowerCase(Locale.ROOT).equals(word))
                    .findFirst()
                    .orElseThrow(() -> new UserException("unknown strategy '" + text
                            + "': choose plain, or any of checkpoint, reversible, abn, decoupled joined by '+'"));
            if (!found.add(technique)) {
                throw new UserException("strategy '" + text + "' names " + word + " twice");
            }
        }
        return new Strategy(found);
    }

    /** Every combination, plain first. */
    public static List<Strategy> all() {
        List<Strategy> all = new ArrayList<>(List.of(PLAIN));
        for (Technique technique : Technique.values()) {
            for (Strategy without : List.copyOf(all)) {
                EnumSet<Technique> with = EnumSet.of(technique);
                with.addAll(without.techniques);
                all.add(new Strategy(with));
            }
        }
        return all;
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

    /** Whether a technique is among them. */
    public boolean has(Technique technique) {
        return techniques.contains(technique);
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return techniques.isEmpty()
                ? "plain"
                : Arrays.stream(Technique.values())
                        .filter(techniques::contains)
                        .map(t -> t.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining("+"));
    }
}
