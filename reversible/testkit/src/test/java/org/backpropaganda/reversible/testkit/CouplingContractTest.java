package org.backpropaganda.reversible.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.tensor.Shape;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A coupling that breaks a law of the contract is caught by that law; one that breaks none passes all. */
class CouplingContractTest {
    /** Not for JUnit: it is run by hand. */
    private static final class Contract extends CouplingContract {
        private final CouplingLie lie;
        private final AtomicInteger draws = new AtomicInteger();

        Contract(CouplingLie lie) {
            this.lie = lie;
        }

        @Override
        protected Stream<CouplingCase> cases() {
            return Stream.of(CouplingCase.of(
                    "additive",
                    (factory, counted) -> LyingCoupling.of(
                            factory,
                            counted.apply(new Linear(factory, 3, 3, true)),
                            counted.apply(new Linear(factory, 3, 3, true)),
                            lie,
                            draws),
                    Shape.of(2, 3),
                    Shape.of(2, 3)));
        }
    }

    private static List<Method> laws() {
        List<Method> laws = Arrays.stream(CouplingContract.class.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(TestFactory.class))
                .toList();
        laws.forEach(law -> law.setAccessible(true));
        return laws;
    }

    /** What each broken law says, by its name. */
    private static Map<String, String> broken(CouplingLie lie) throws ReflectiveOperationException {
        Contract contract = new Contract(lie);
        Map<String, String> broken = new LinkedHashMap<>();
        for (Method law : laws()) {
            @SuppressWarnings("unchecked")
            Stream<DynamicTest> tests = (Stream<DynamicTest>) law.invoke(contract);
            for (DynamicTest test : tests.toList()) {
                try {
                    test.getExecutable().execute();
                } catch (Throwable e) {
                    broken.put(law.getName(), e.toString());
                }
            }
        }
        return broken;
    }

    @Test
    void anHonestCouplingBreaksNone() throws ReflectiveOperationException {
        assertThat(broken(CouplingLie.NONE)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aLieIsCaughtByItsLaw(CouplingLie lie) throws ReflectiveOperationException {
        Map<String, String> broken = broken(lie);
        assertThat(broken).containsKey(lie.law());
        assertThat(broken.get(lie.law())).contains(lie.says());
    }

    @Test
    void everyLawHasALie() {
        assertThat(Arrays.stream(CouplingLie.values()).map(CouplingLie::law))
                .containsAll(laws().stream().map(Method::getName).toList());
    }
}
