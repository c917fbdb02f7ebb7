package org.backpropaganda.reversible.abn;

import java.util.stream.Stream;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;

/** The laws of modules, for in-place norms in both forms. */
class InPlaceAbnContractTest extends ModuleContract {
    private static final int WIDTH = 5;
    private static final double[] WEIGHTS = {1.5, -0.5, 2, -1, 0.25};
    private static final double[] BIASES = {0.5, 0.25, -1, 2, 0.125};

    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                ModuleCase.of("on its own", InPlaceAbnContractTest::abn, Input.in(7, WIDTH)),
                ModuleCase.of("two in a row", f -> new Sequential(abn(f), abn(f)), Input.in(7, WIDTH)),
                ModuleCase.of(
                        "behind a linear layer",
                        f -> new Sequential(new Linear(f, 3, WIDTH, true), abn(f), new Linear(f, WIDTH, 2, true)),
                        Input.in(7, 3)),
                ModuleCase.of(
                        "behind a sigmoid",
                        f -> new Sequential(Activation.sigmoid(), abn(f), new Linear(f, WIDTH, 2, true)),
                        Input.in(7, WIDTH)),
                ModuleCase.of(
                        "in a residual branch",
                        f -> new Residual(new Sequential(abn(f), new Linear(f, WIDTH, WIDTH, true), abn(f))),
                        Input.in(7, WIDTH)),
                ModuleCase.of(
                        "images",
                        f -> new Sequential(new Conv2d(f, 2, WIDTH, Window.square(3, 1, 1), false), abn(f)),
                        Input.in(2, 4, 3, 2)));
    }

    private static Module abn(ParameterFactory factory) {
        InPlaceAbn abn = new InPlaceAbn(factory, WIDTH, 0.5);
        abn.parameters().get("weight").value().set(WEIGHTS);
        abn.parameters().get("bias").value().set(BIASES);
        return abn;
    }
}
