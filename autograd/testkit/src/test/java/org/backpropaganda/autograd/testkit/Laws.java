package org.backpropaganda.autograd.testkit;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs a contract's laws by hand, where JUnit would count a broken one as a failure of the build. */
final class Laws {
    private Laws() {}

    /** The laws of a contract, those of the contracts that it extends included. */
    static List<Method> of(Class<?> contract) {
        List<Method> laws = new ArrayList<>();
        for (Class<?> type = contract; type != null; type = type.getSuperclass()) {
            for (Method method : type.getDeclaredMethods()) {
                if (method.isAnnotationPresent(TestFactory.class)) {
                    method.setAccessible(true);
                    laws.add(method);
                }
            }
        }
        return laws;
    }

    /** What each broken law says, by its name. */
    static Map<String, String> broken(Object contract) throws ReflectiveOperationException {
        Map<String, String> broken = new LinkedHashMap<>();
        for (Method law : of(contract.getClass())) {
            @SuppressWarnings("unchecked")
            Stream<DynamicTest> tests = (Stream<DynamicTest>) law.invoke(contract);
            List<DynamicTest> all = tests.toList();
            for (DynamicTest test : all) {
                try {
                    test.getExecutable().execute();
                } catch (Throwable e) {
                    Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
                    broken.merge(law.getName(), test.getDisplayName() + ": " + cause, (a, b) -> a + "\n" + b);
                }
            }
        }
        return broken;
    }
}
