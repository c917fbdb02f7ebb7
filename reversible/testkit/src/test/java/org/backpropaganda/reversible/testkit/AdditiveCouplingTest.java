package org.backpropaganda.reversible.testkit;

import java.util.stream.Stream;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.AdditiveCoupling;

class AdditiveCouplingTest extends CouplingContract {
    @Override
    protected Stream<CouplingCase> cases() {
        return Stream.of(
                CouplingCase.of(
                        "dense",
                        (factory, counted) ->
                                new AdditiveCoupling(counted.apply(dense(factory)), counted.apply(dense(factory))),
                        Shape.of(5, 4),
                        Shape.of(5, 4)),
                CouplingCase.of(
                        "images",
                        (factory, counted) ->
                                new AdditiveCoupling(counted.apply(image(factory)), counted.apply(image(factory))),
                        Shape.of(2, 3, 3, 2),
                        Shape.of(2, 3, 3, 2)));
    }

    private static Module dense(ParameterFactory factory) {
        return new Sequential(
                new Linear(factory, 4, 4, true), new BatchNorm(factory, 4), Activation.tanh(), new Dropout(0.3));
    }

    private static Module image(ParameterFactory factory) {
        return new Sequential(new Conv2d(factory, 2, 2, Window.square(3, 1, 1), true), Activation.tanh());
    }
}
