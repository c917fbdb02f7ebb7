package org.backpropaganda.checkpointing;

import java.util.List;
import org.backpropaganda.autograd.testkit.ModuleCoverage;
import org.backpropaganda.autograd.testkit.OpCoverage;
import org.junit.jupiter.api.Test;

/** Everything here has its contract test. */
class CoverageTest {
    @Test
    void everyModuleStandsInAContract() {
        ModuleCoverage.check("org.backpropaganda.checkpointing", List.of(Piece.class)); // made by Pieces, for one call
    }

    @Test
    void everyOpHasAContract() {
        OpCoverage.check("org.backpropaganda.checkpointing", 0);
    }
}
