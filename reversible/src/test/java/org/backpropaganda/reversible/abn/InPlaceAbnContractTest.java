package org.backpropaganda.reversible.abn;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
import org.backpropaganda.reversible.abn.InPlaceAbn.Variant;

/** The laws of modules, for in-place norms in both forms. */
class InPlaceAbnContractTest extends ModuleContract {
    private static final int WIDTH = 5;
    private static final double[] WEIGHTS = {1.5, -0.5, 2, -1, 0.25};
    private static final double[] BIASES = {0.5, 0.25, -1, 2, 0.125};

    private static final double[] WEIGHTS_LOST = {1.5, 0, 2, 1e-7, 0.25};
    private static final double[] NONE = new double[WIDTH];

    @Override
    protected Stream<ModuleCase> cases() {
        Stream<ModuleCase> places = Stream.of(
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
        return Stream.concat(places, Arrays.stream(Variant.values()).flatMap(InPlaceAbnContractTest::forms));
    }

    /** Each activation, in place and not, with channels that come back, with some that do not, and with none that do. */
    private static Stream<ModuleCase> forms(Variant variant) {
        List<InvertibleActivation> activations = List.of(
                InvertibleActivation.leakyRelu(0.5), InvertibleActivation.elu(1.5), InvertibleActivation.identity());
        Map<String, double[]> weights = Map.of("", WEIGHTS, ", two lost", WEIGHTS_LOST, ", all lost", NONE);
        return activations.stream()
                .flatMap(activation -> weights.entrySet().stream()
                        .flatMap(each -> Stream.of(
                                ModuleCase.of(
                                        variant + " " + activation + each.getKey(),
                                        f -> new Sequential(
                                                new Linear(f, 3, WIDTH, false),
                                                abn(f, activation, variant, each.getValue()),
                                                new Linear(f, WIDTH, 2, true)),
                                        Input.in(7, 3)),
                                ModuleCase.of(
                                        variant + " " + activation + each.getKey() + ", input held",
                                        f -> new Residual(abn(f, activation, variant, each.getValue())),
                                        Input.in(7, WIDTH)))));
    }

    private static Module abn(ParameterFactory factory) {
        return with(WEIGHTS, new InPlaceAbn(factory, WIDTH, 0.5));
    }

    private static Module abn(
            ParameterFactory factory, InvertibleActivation activation, Variant variant, double[] weights) {
        return with(
                weights,
                InPlaceAbn.builder(factory, WIDTH)
                        .activation(activation)
                        .variant(variant)
                        .build());
    }

    private static Module with(double[] weights, InPlaceAbn abn) {
        abn.onWarning(text -> {});
        if (abn.weight().value().hasValues()) {
            abn.weight().value().set(weights);
            abn.bias().value().set(BIASES);
        }
        return abn;
    }
}
