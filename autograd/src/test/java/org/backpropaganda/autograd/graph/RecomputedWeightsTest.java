package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.SpectralNorm;
import org.backpropaganda.autograd.nn.WeightNorm;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;

/** The module laws hold where weights are computed twice. */
class RecomputedWeightsTest extends ModuleContract {
    private static final int ENOUGH_ITERATIONS = 200;

    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(ModuleCase.of(
                "normalised weights",
                f -> new Recomputed(new Sequential(spectral(f), Activation.tanh(), lengths(f))),
                in(2, 3)));
    }

    private static SpectralNorm spectral(ParameterFactory f) {
        return new SpectralNorm(f, new Linear(f, 3, 2, true), ENOUGH_ITERATIONS);
    }

    private static WeightNorm lengths(ParameterFactory f) {
        return new WeightNorm(f, new Linear(f, 2, 3, false));
    }
}
