package org.backpropaganda.experiments;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What is found on the class path by name: {@link ServiceLoader} in an order of its own, and refusals that list what is there. */
public final class Services {
    private Services() {}

    /**
     * All providers of a service, by name.
     *
     * @throws IllegalStateException if two have one name
     */
    public static <S> List<S> all(Class<S> service, Function<S, String> name) {
        List<S> all = new ArrayList<>();
        ServiceLoader.load(service).forEach(all::add);
        all.sort(Comparator.comparing(name));
        for (int i = 1; i < all.size(); i++) {
            if (name.apply(all.get(i)).equals(name.apply(all.get(i - 1)))) {
                throw new IllegalStateException("'" + name.apply(all.get(i)) + "' is the name of "
                        + all.get(i - 1).getClass().getName() + " and of "
                        + all.get(i).getClass().getName() + "; take one from the class path");
            }
        }
        return List.copyOf(all);
    }

    /**
     * The provider of a name.
     *
     * @param what it is, for the message: {@code "model"}
     * @throws UserException that names those that are there, if none has it
     */
    public static <S> S find(Class<S> service, Function<S, String> name, String what, String wanted) {
        List<S> all = all(service, name);
        List<String> names = all.stream().map(name).toList();
        return all.stream()
                .filter(each -> name.apply(each).equals(wanted))
                .findFirst()
                .orElseThrow(() -> new UserException("unknown " + what + " '" + wanted + "'"
                        + Nearest.question(wanted, names) + ": choose " + choice(names)));
    }

    /** Names as a choice: {@code "a, b or c"}. */
    public static String choice(List<String> names) {
        if (names.isEmpty()) {
            return "nothing, since none is on the class path";
        }
        int last = names.size() - 1;
        return last == 0
                ? names.get(0)
                : names.subList(0, last).stream().collect(Collectors.joining(", ")) + " or " + names.get(last);
    }
}
