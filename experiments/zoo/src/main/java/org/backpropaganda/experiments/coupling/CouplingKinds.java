package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.experiments.Services;
import org.backpropaganda.experiments.UserException;

/** The kinds of couplings of the class path. */
public final class CouplingKinds {
    private CouplingKinds() {}

    /** All that are there, by name. */
    public static List<CouplingKind> all() {
        return Services.all(CouplingKind.class, CouplingKind::name);
    }

    /**
     * The one of a name.
     *
     * @throws UserException if there is none
     */
    public static CouplingKind find(String name) {
        return Services.find(CouplingKind.class, CouplingKind::name, "coupling", name);
    }
}
