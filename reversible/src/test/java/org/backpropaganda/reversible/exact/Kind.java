package org.backpropaganda.reversible.exact;

import java.util.function.Supplier;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;

/** The couplings in fixed point. */
enum Kind {
    EXACT(0),
    EXACT_MIDPOINT(0),
    EXACT_MOMENTUM(1),
    BDIA(1);

    private final int bits;

    Kind(int bits) {
        this.bits = bits;
    }

    /** Kept of each element of one stream by each block. */
    int bits() {
        return bits;
    }

    /** A coupling of new functions. */
    Coupling of(Supplier<Module> functions, FixedPoint grid) {
        return switch (this) {
            case EXACT -> new ExactCoupling(functions.get(), functions.get(), grid);
            case EXACT_MIDPOINT -> new ExactMidpoint(functions.get(), 0.1, grid);
            case EXACT_MOMENTUM -> new ExactMomentum(functions.get(), 0.9, grid);
            case BDIA -> new Bdia(functions.get(), grid);
        };
    }
}
