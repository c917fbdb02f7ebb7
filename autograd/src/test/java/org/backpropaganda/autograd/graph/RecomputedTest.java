package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.stream.Stream;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;

/** The module laws hold for segments that compute twice. */
class RecomputedTest extends ModuleContract {
    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                ModuleCase.of("norm and dropout", f -> new Recomputed(dense(f)), in(6, 4)),
                ModuleCase.of(
                        "nested", f -> new Recomputed(new Sequential(new Recomputed(dense(f)), dense(f))), in(6, 4)),
                ModuleCase.of(
                        "residual convolution", f -> new Recomputed(new Residual(convolution(f))), in(2, 4, 4, 3)),
                ModuleCase.of("input without gradient", f -> new Recomputed(dense(f)), in(6, 4).constant()));
    }

    private static Module dense(ParameterFactory factory) {
        return new Sequential(
                new Linear(factory, 4, 4, true), new BatchNorm(factory, 4), Activation.tanh(), new Dropout(0.3));
    }

    private static Module convolution(ParameterFactory factory) {
        return new Sequential(
                new Conv2d(factory, 3, 3, Window.square(3, 1, 1), false),
                new BatchNorm(factory, 3),
                Activation.sigmoid());
    }
}
