package org.backpropaganda.autograd.technique;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The techniques of the class path. */
public final class Techniques {
    private static final Pattern NAME = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");

    /** From the inside out, and by name where two are of one level: the class path's order decides nothing. */
    public static final Comparator<Technique> APPLICATION =
            Comparator.comparing(Technique::level).thenComparing(Technique::name);

    private Techniques() {}

    /**
     * All that are there, in the order of their application.
     *
     * @throws IllegalStateException if two have one name, or one has a name that a command line cannot carry
     */
    public static List<Technique> all() {
        List<Technique> all = new ArrayList<>();
        ServiceLoader.load(Technique.class).forEach(all::add);
        all.sort(Comparator.comparing(Technique::name));
        for (int i = 0; i < all.size(); i++) {
            Technique each = all.get(i);
            if (!NAME.matcher(each.name()).matches()) {
                throw new IllegalStateException("technique '" + each.name() + "' of "
                        + each.getClass().getName() + ": a name has lower-case letters, digits and dashes; name it so");
            }
            if (i > 0 && all.get(i - 1).name().equals(each.name())) {
                throw new IllegalStateException("technique '" + each.name() + "' is of "
                        + all.get(i - 1).getClass().getName() + " and of "
                        + each.getClass().getName() + "; take one from the class path");
            }
        }
        all.sort(APPLICATION);
        return List.copyOf(all);
    }

    /** The one of a name, if it is there. */
    public static Optional<Technique> find(String name) {
        return all().stream().filter(each -> each.name().equals(name)).findFirst();
    }

    /**
     * Reads a term, as {@code abn} or {@code checkpoint:every=3}; empty where no technique has its name.
     *
     * @throws IllegalArgumentException if the technique does not take the argument, or needs one; the message is a sentence
     */
    public static Optional<Technique> parse(String term) {
        int colon = term.indexOf(':');
        String name = colon < 0 ? term : term.substring(0, colon);
        return find(name).map(technique -> colon < 0 ? alone(technique) : with(technique, term.substring(colon + 1)));
    }

    private static Technique alone(Technique technique) {
        if (!standsAlone(technique)) {
            throw new IllegalArgumentException(
                    "technique '" + technique.name() + "' needs an argument: write " + terms(technique));
        }
        return technique;
    }

    private static Technique with(Technique technique, String argument) {
        try {
            return technique.with(argument);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "technique '" + technique.name() + ":" + argument + "': " + e.getMessage() + "; write "
                            + terms(technique),
                    e);
        }
    }

    /** Whether a technique can be written by its name alone. */
    public static boolean standsAlone(Technique technique) {
        return technique.usages().stream().anyMatch(usage -> usage.term().equals(technique.name()));
    }

    private static String terms(Technique technique) {
        return technique.usages().stream().map(Usage::term).collect(Collectors.joining(", "));
    }
}
