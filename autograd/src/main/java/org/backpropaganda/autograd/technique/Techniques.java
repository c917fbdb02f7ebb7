package org.backpropaganda.autograd.technique;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.regex.Pattern;

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
}
