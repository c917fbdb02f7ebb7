package org.backpropaganda.synthetic.predictor;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;

class PredictorContractTest extends ModuleContract {

    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.concat(
                Cases.all().stream().map(PredictorContractTest::contract),
                Stream.of(ModuleCase.of(
                        "two streams",
                        factory -> new StreamPredictors(
                                List.of(new LinearPredictor(factory, 3), CriticPredictor.sobolev(factory, 4, 3, 1, 5))),
                        Input.in(6, 3),
                        Input.in(6, 4),
                        Input.labels(3, 6))));
    }

    /** A label in three is ignored. */
    private static ModuleCase contract(Cases.Case of) {
        List<Input> inputs = new ArrayList<>();
        inputs.add(Input.in(of.boundary()));
        if (of.labels().length > 0) {
            inputs.add(Input.labels(Cases.CLASSES, of.labels()).mapped(label -> label == 1 ? Labels.IGNORED : label));
        }
        return ModuleCase.of(of.name(), of::started, inputs.toArray(Input[]::new));
    }
}
