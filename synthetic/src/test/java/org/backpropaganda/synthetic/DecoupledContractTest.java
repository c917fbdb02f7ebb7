package org.backpropaganda.synthetic;

import java.util.List;
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
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;
import org.backpropaganda.synthetic.predictor.ConvPredictor;
import org.backpropaganda.synthetic.predictor.LinearPredictor;

class DecoupledContractTest extends ModuleContract {

    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                ModuleCase.of(
                                "conditioned",
                                factory -> new DecoupledSequence(
                                        List.of(dense(factory), dense(factory), new Linear(factory, 5, 2, true)),
                                        List.of(
                                                new LinearPredictor(factory, 5, 3),
                                                new LinearPredictor(factory, 5, 3))),
                                Input.in(6, 5),
                                Input.labels(3, 6))
                        .approximately("input 0", "0", "1"),
                ModuleCase.of(
                                "unconditioned",
                                factory -> new DecoupledSequence(
                                        List.of(dense(factory), dense(factory)),
                                        List.of(new LinearPredictor(factory, 5))),
                                Input.in(6, 5))
                        .approximately("input 0", "0"),
                ModuleCase.of(
                                "images",
                                factory -> new DecoupledSequence(
                                        List.of(image(factory), image(factory)),
                                        List.of(new ConvPredictor(factory, 3, 4))),
                                Input.in(2, 4, 5, 3),
                                Input.labels(4, 2))
                        .approximately("input 0", "0"),
                ModuleCase.of(
                                "behind a stem",
                                factory -> new Sequential(
                                        new Linear(factory, 4, 5, true),
                                        new DecoupledSequence(
                                                List.of(dense(factory), dense(factory)),
                                                List.of(new LinearPredictor(factory, 5)))),
                                Input.in(6, 4))
                        .approximately("input 0", "0", "1.0"),
                ModuleCase.of(
                        "one module",
                        factory -> new DecoupledSequence(List.of(dense(factory)), List.of()),
                        Input.in(6, 5),
                        Input.labels(3, 6)),
                ModuleCase.of(
                        "linear predictor",
                        factory -> new LinearPredictor(factory, 5, 3),
                        Input.in(4, 5),
                        Input.labels(3, 4)),
                ModuleCase.of(
                        "conv predictor",
                        factory -> new ConvPredictor(factory, 3, 4),
                        Input.in(2, 3, 4, 3),
                        Input.labels(4, 2)),
                ModuleCase.of(
                        "conv predictor, no labels", factory -> new ConvPredictor(factory, 3), Input.in(2, 3, 4, 3)));
    }

    private static Module dense(ParameterFactory factory) {
        return new Sequential(
                new Linear(factory, 5, 5, true), new BatchNorm(factory, 5), Activation.tanh(), new Dropout(0.3));
    }

    private static Module image(ParameterFactory factory) {
        return new Sequential(new Conv2d(factory, 3, 3, Window.square(3, 1, 1), true), Activation.tanh());
    }
}
