package org.backpropaganda.autograd.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A module that breaks a law of the contract is caught by that law; one that breaks none passes all. */
class ModuleContractTest {
    /** Not for JUnit: it is run by hand. */
    private static final class Contract extends ModuleContract {
        private final ModuleLie lie;
        private final AtomicInteger draws = new AtomicInteger();

        Contract(ModuleLie lie) {
            this.lie = lie;
        }

        @Override
        protected Stream<ModuleCase> cases() {
            return Stream.of(ModuleCase.of(
                    "product", factory -> new LyingModule(factory, Shape.of(2, 3), lie, draws), in(2, 3)));
        }
    }

    private static Map<String, String> broken(ModuleLie lie) throws ReflectiveOperationException {
        Contract contract = new Contract(lie);
        try {
            return Laws.broken(contract);
        } finally {
            contract.closeEngine();
        }
    }

    @Test
    void anHonestModuleBreaksNone() throws ReflectiveOperationException {
        assertThat(broken(ModuleLie.NONE)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aLieIsCaughtByItsLaw(ModuleLie lie) throws ReflectiveOperationException {
        Map<String, String> broken = broken(lie);
        assertThat(broken).containsKey(lie.law());
        assertThat(broken.get(lie.law())).contains(lie.says());
    }

    @Test
    void everyLawHasALie() {
        assertThat(Arrays.stream(ModuleLie.values()).map(ModuleLie::law))
                .containsAll(Laws.of(ModuleContract.class).stream()
                        .map(Method::getName)
                        .toList());
    }
}
