package org.backpropaganda.autograd.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OpCoverageTest {
    private static final String HERE = OpCoverageTest.class.getPackageName();

    @Test
    void namesAnOpWithoutAContract() {
        assertThatThrownBy(() -> OpCoverage.check(HERE, 0))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("ChangedOpTest");
    }

    @Test
    void refusesToHaveFoundTooFew() {
        assertThatThrownBy(() -> OpCoverage.check("org.backpropaganda.autograd.none", 1))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("size");
    }
}
