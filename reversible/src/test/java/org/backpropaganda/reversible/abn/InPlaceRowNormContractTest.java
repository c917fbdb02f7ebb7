package org.backpropaganda.reversible.abn;

import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;

/** The laws of modules, for norms of rows that are differentiated from their outputs. */
class InPlaceRowNormContractTest extends ModuleContract {
    private static final int WIDTH = 5;
    private static final double[] WEIGHTS = {1.5, -0.5, 2, -1, 0.25};
    private static final double[] LOST = {1.5, 0, 2, -1e-7, 0.25};
    private static final double[] NONE = new double[WIDTH];
    private static final double[] BIASES = {0.5, 0.25, -1, 2, 0.125};

    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(WEIGHTS, LOST, NONE).flatMap(InPlaceRowNormContractTest::cases);
    }

    private static Stream<ModuleCase> cases(double[] weights) {
        String name = weights == WEIGHTS ? "" : weights == LOST ? ", some lost" : ", all lost";
        return Stream.of(
                ModuleCase.of("layer norm" + name, f -> layer(f, weights), Input.in(4, WIDTH)),
                ModuleCase.of("RMS norm" + name, f -> rms(f, weights), Input.in(2, 3, WIDTH)),
                ModuleCase.of(
                        "layer norm between linear layers" + name,
                        f -> new Sequential(
                                new Linear(f, 3, WIDTH, true), layer(f, weights), new Linear(f, WIDTH, 2, true)),
                        Input.in(4, 3)),
                ModuleCase.of(
                        "RMS norm between linear layers" + name,
                        f -> new Sequential(
                                new Linear(f, 3, WIDTH, true), rms(f, weights), new Linear(f, WIDTH, 2, true)),
                        Input.in(4, 3)),
                ModuleCase.of(
                        "both in a residual branch" + name,
                        f -> new Residual(new Sequential(
                                layer(f, weights),
                                new Linear(f, WIDTH, WIDTH, true),
                                Activation.tanh(),
                                rms(f, weights))),
                        Input.in(4, WIDTH)),
                ModuleCase.of(
                        "layer norm of two axes" + name,
                        f -> set(
                                weights,
                                InPlaceLayerNorm.of(new LayerNorm(f, Shape.of(WIDTH, 1), 1e-3))
                                        .onWarning(text -> {})),
                        Input.in(3, WIDTH, 1)));
    }

    private static Module layer(ParameterFactory factory, double[] weights) {
        return set(weights, new InPlaceLayerNorm(factory, WIDTH).onWarning(text -> {}));
    }

    private static Module rms(ParameterFactory factory, double[] weights) {
        return set(weights, new InPlaceRmsNorm(factory, WIDTH).onWarning(text -> {}));
    }

    private static Module set(double[] weights, Module norm) {
        norm.parameters().forEach((name, parameter) -> {
            if (parameter.value().hasValues()) {
                parameter.value().set(name.equals("weight") ? weights : BIASES);
            }
        });
        return norm;
    }
}
