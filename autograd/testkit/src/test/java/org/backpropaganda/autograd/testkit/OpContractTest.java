package org.backpropaganda.autograd.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An op that breaks a law of the contract is caught by that law; one that breaks none passes all. */
class OpContractTest {
    /** Not for JUnit: it is run by hand. */
    private static final class Contract extends OpContract {
        private final Lie lie;

        Contract(Lie lie) {
            this.lie = lie;
        }

        @Override
        protected Stream<OpCase> cases() {
            return Stream.of(OpCase.of(new LyingProduct(lie), in(2, 3), in(2, 3)));
        }

        @Override
        protected Stream<Refusal> refusals() {
            return Stream.of(Refusal.of(new LyingProduct(lie), spec(2, 3), spec(3, 2)));
        }
    }

    private static Map<String, String> broken(Lie lie) throws ReflectiveOperationException {
        Contract contract = new Contract(lie);
        try {
            return Laws.broken(contract);
        } finally {
            contract.closeEngine();
        }
    }

    @Test
    void anHonestOpBreaksNone() throws ReflectiveOperationException {
        assertThat(broken(Lie.NONE)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aLieIsCaughtByItsLaw(Lie lie) throws ReflectiveOperationException {
        Map<String, String> broken = broken(lie);
        assertThat(broken).containsKey(lie.law());
        assertThat(broken.get(lie.law())).contains(lie.says());
    }

    @Test
    void everyLawHasALie() {
        assertThat(Arrays.stream(Lie.values()).map(Lie::law))
                .containsAll(
                        Laws.of(OpContract.class).stream().map(Method::getName).toList());
    }
}
