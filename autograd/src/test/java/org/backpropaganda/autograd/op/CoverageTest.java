package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.testkit.OpCoverage;
import org.junit.jupiter.api.Test;

/** Every op has its contract test. */
class CoverageTest {
    @Test
    void everyOpHasAContract() {
        OpCoverage.check("org.backpropaganda.autograd", 27);
    }
}
