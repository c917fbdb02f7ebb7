package org.backpropaganda.synthetic;

import org.backpropaganda.autograd.testkit.OpCoverage;
import org.junit.jupiter.api.Test;

/** Every op has its contract test. */
class CoverageTest {
    @Test
    void everyOpHasAContract() {
        OpCoverage.check("org.backpropaganda.synthetic", 0);
    }
}
