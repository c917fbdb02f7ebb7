package org.backpropaganda.experiments.model;

import java.util.List;
import org.backpropaganda.experiments.Services;
import org.backpropaganda.experiments.UserException;

/** The models of the class path. */
public final class Architectures {
    private Architectures() {}

    /** All that are there, by name. */
    public static List<Architecture> all() {
        return Services.all(Architecture.class, Architecture::name);
    }

    /**
     * The one of a name.
     *
     * @throws UserException if there is none
     */
    public static Architecture find(String name) {
        return Services.find(Architecture.class, Architecture::name, "model", name);
    }
}
