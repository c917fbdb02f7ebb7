package org.backpropaganda.autograd.testkit;

import java.util.Set;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;

/**
 * Runs every case of contracts in {@code FLOAT}, forward and backward, one contract after another: what the kernels' library
 * logs between two of the lines that name a contract, that contract's op has run.
 */
final class FloatRun {
    static final String MARK = "contract ";

    private FloatRun() {}

    /** Of the test classes that are named. */
    public static void main(String[] names) throws ReflectiveOperationException {
        for (String name : names) {
            System.out.println(MARK + name);
            var constructor = Class.forName(name).getDeclaredConstructor();
            constructor.setAccessible(true);
            OpContract contract = (OpContract) constructor.newInstance();
            try (Engine engine = Engine.builder().threads(2).build()) {
                contract.cases().forEach(opCase -> run(engine, opCase));
            }
        }
    }

    private static void run(Engine engine, OpCase opCase) {
        try (OpTrial trial =
                new OpTrial(engine, opCase.op(), opCase, DType.FLOAT, Set.copyOf(opCase.differentiable()), true)) {
            var y = trial.forward();
            if (!opCase.differentiable().isEmpty()) {
                trial.backward(y);
            }
        }
    }
}
