package org.backpropaganda.synthetic;

import java.util.List;
import org.backpropaganda.autograd.testkit.ModuleCoverage;
import org.backpropaganda.autograd.testkit.OpCoverage;
import org.backpropaganda.synthetic.stage.StagedSequence;
import org.backpropaganda.synthetic.testing.BoundaryRecorder;
import org.backpropaganda.synthetic.testing.OraclePredictor;
import org.backpropaganda.synthetic.zeroth.MezoTrained;
import org.junit.jupiter.api.Test;

/**
 * Everything here has its contract test, but for fixtures (an oracle is a constant, a recorder keeps what it hears), for a
 * count, and for what trains by steps of its own and so has no backward on a tape.
 */
class CoverageTest {
    @Test
    void everyModuleStandsInAContract() {
        ModuleCoverage.check(
                "org.backpropaganda.synthetic",
                List.of(
                        OraclePredictor.class,
                        BoundaryRecorder.class,
                        Progress.class,
                        StagedSequence.class,
                        MezoTrained.class));
    }

    @Test
    void everyOpHasAContract() {
        OpCoverage.check("org.backpropaganda.synthetic", 0);
    }
}
