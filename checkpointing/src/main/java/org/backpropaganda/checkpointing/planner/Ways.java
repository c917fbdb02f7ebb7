package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Techniques;

/** The techniques that a planner may use: all exact ones of the class path, and others that were allowed by name. */
final class Ways {
    private final List<Technique> techniques;

    private Ways(List<Technique> techniques) {
        this.techniques = techniques;
    }

    /**
     * Finds them.
     *
     * @param allowed terms of techniques that are not exact, or that need an argument, as {@code save:q8}
     * @throws IllegalArgumentException if one is unknown; the message is a sentence
     */
    static Ways of(Set<String> allowed) {
        Set<String> terms = new LinkedHashSet<>();
        Techniques.all().stream().filter(Ways::isUnasked).map(Technique::name).forEach(terms::add);
        terms.addAll(allowed);
        List<Technique> techniques = new ArrayList<>();
        for (String term : terms) {
            techniques.add(find(term));
        }
        techniques.removeIf(technique -> technique.memoryBudgetBytes().isPresent());
        techniques.sort(Techniques.APPLICATION.thenComparing(Technique::term));
        return new Ways(List.copyOf(techniques));
    }

    private static boolean isUnasked(Technique technique) {
        return technique.fidelity() == Fidelity.EXACT && Techniques.standsAlone(technique);
    }

    /** The terms of those that are used because they were allowed. */
    List<String> optional() {
        return techniques.stream()
                .filter(technique -> !technique.term().equals(technique.name()) || !isUnasked(technique))
                .map(Technique::term)
                .toList();
    }

    /** All of the class path, for plans that were made with some of them. */
    static Ways all() {
        return new Ways(Techniques.all());
    }

    static Technique find(String term) {
        return Techniques.parse(term)
                .orElseThrow(
                        () -> new IllegalArgumentException("plan: there is no technique '" + term + "'; allow one of "
                                + Techniques.all().stream()
                                        .flatMap(each -> each.usages().stream())
                                        .map(usage -> usage.term())
                                        .toList()));
    }

    /** Reads a way as {@link Way#name} writes it. */
    static Way parse(String name) {
        if (name.equals(Way.STORE_NAME)) {
            return Way.STORE;
        }
        List<Technique> techniques = new ArrayList<>();
        for (String term : name.split("\\+", -1)) {
            techniques.add(find(term));
        }
        techniques.sort(Techniques.APPLICATION);
        return new Way(List.copyOf(techniques));
    }

    /** Whether a technique decides what becomes of saved tensors, rather than how blocks are arranged. */
    static boolean decidesSaves(Technique technique) {
        return switch (technique.level()) {
            case PLACE, PRECISION, RECIPE -> true;
            case LAYER, RUN, SEGMENT, MODEL -> false;
        };
    }

    /** All of them, in the order of their application. */
    List<Technique> techniques() {
        return techniques;
    }

    /** The ways to execute a block, storing first: one technique that arranges it at most, and one that decides saves at most. */
    List<Way> of(Part block, TechniqueSettings settings) {
        List<List<Technique>> arranging = new ArrayList<>(List.of(List.of()));
        List<List<Technique>> saving = new ArrayList<>(List.of(List.of()));
        for (Technique technique : techniques) {
            if (decidesSaves(technique)) {
                saving.add(List.of(technique));
            } else if (technique.block(block, settings).isPresent()) {
                arranging.add(List.of(technique));
            }
        }
        List<Way> ways = new ArrayList<>();
        for (List<Technique> first : arranging) {
            for (List<Technique> second : saving) {
                List<Technique> both = new ArrayList<>(first);
                both.addAll(second);
                ways.add(new Way(List.copyOf(both)));
            }
        }
        return ways;
    }

    /** The technique that executes runs as one, if there is any: the first in the order of application. */
    Optional<Technique> reversing(Run run, TechniqueSettings settings) {
        return techniques.stream()
                .filter(technique -> technique.reversing(run, settings).isPresent())
                .findFirst();
    }
}
