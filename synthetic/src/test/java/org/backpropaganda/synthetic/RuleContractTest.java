package org.backpropaganda.synthetic;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;
import org.backpropaganda.synthetic.local.AuxiliaryClassifier;
import org.backpropaganda.synthetic.local.PredictionAndSimilarity;
import org.backpropaganda.synthetic.local.SimilarityLoss;
import org.backpropaganda.synthetic.predictor.LinearPredictor;

/** Sequences under each rule, and what learns or lies at their boundaries. */
class RuleContractTest extends ModuleContract {

    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                sequence("backpropagation", factory -> predicted(factory).mixing(Mixing.constant(1))),
                sequence("mixed", factory -> predicted(factory).mixing(Mixing.constant(0.5)))
                        .approximately("input 0", "0", "1"),
                sequence("a part applied", factory -> predicted(factory).applying(0.1))
                        .approximately("input 0", "0", "1"),
                sequence("local loss", factory -> new LocalLoss(AuxiliaryClassifier.ofRows(factory, 5, 3)))
                        .approximately("input 0", "0", "1"),
                sequence("direct feedback", factory -> new DirectFeedback(new FeedbackMatrix(factory, 2, 5)))
                        .approximately("input 0", "0", "1"),
                ModuleCase.of("matrix", factory -> new FeedbackMatrix(factory, 3, 5), Input.in(4, 3)),
                ModuleCase.of(
                        "classifier of rows",
                        factory -> AuxiliaryClassifier.ofRows(factory, 5, 3),
                        Input.in(4, 5),
                        Input.labels(3, 4)),
                ModuleCase.of(
                        "classifier of images",
                        factory ->
                                AuxiliaryClassifier.ofImages(factory, 3, 4, 2).withHidden(factory, 6),
                        Input.in(2, 5, 4, 3),
                        Input.labels(4, 2)),
                ModuleCase.of(
                        "projection of images",
                        factory -> AuxiliaryClassifier.monoForward(factory, true, 3, 4),
                        Input.in(2, 5, 4, 3),
                        Input.labels(4, 2)),
                ModuleCase.of(
                        "similarity of rows",
                        factory -> new SimilarityLoss(factory, false, 5, 3),
                        Input.in(4, 5),
                        Input.labels(3, 4)),
                ModuleCase.of(
                        "prediction and similarity of images",
                        factory -> new PredictionAndSimilarity(factory, true, 3, 4, 0.5),
                        Input.in(3, 4, 4, 3),
                        Input.labels(4, 3)));
    }

    private static PredictedGradient predicted(ParameterFactory factory) {
        return new PredictedGradient(new LinearPredictor(factory, 5, 3));
    }

    private static ModuleCase sequence(String name, Function<ParameterFactory, BoundaryRule> rule) {
        return ModuleCase.of(
                name,
                factory -> DecoupledSequence.of(
                        List.of(dense(factory), dense(factory), new Linear(factory, 5, 2, true)),
                        List.of(rule.apply(factory), rule.apply(factory))),
                Input.in(6, 5),
                Input.labels(3, 6));
    }

    private static Module dense(ParameterFactory factory) {
        return new Sequential(
                new Linear(factory, 5, 5, true), new BatchNorm(factory, 5), Activation.tanh(), new Dropout(0.3));
    }
}
