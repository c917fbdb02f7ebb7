package org.backpropaganda.experiments.reproduce;

import java.util.List;
import org.backpropaganda.experiments.Services;
import org.backpropaganda.experiments.UserException;

/** The reproductions of the class path. */
public final class Reproductions {
    private Reproductions() {}

    /** All that are there, by name. */
    public static List<Reproduction> all() {
        return Services.all(Reproduction.class, Reproduction::name);
    }

    /**
     * The one of a name.
     *
     * @throws UserException if there is none
     */
    public static Reproduction find(String name) {
        return Services.find(Reproduction.class, Reproduction::name, "reproduction", name);
    }
}
