package org.backpropaganda.synthetic.zeroth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.TrainingSteps;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MezoTrainedTest {
    private static TrainingSteps.Settings settings(ZerothTrial trial, Optimizer optimizer) {
        return new TrainingSteps.Settings(
                trial.root,
                (results, labels) -> SoftmaxCrossEntropy.crossEntropy(results.get(0), labels.get(0)),
                optimizer,
                batch -> 70 + batch,
                SavedTensorPolicy.keep());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void stepsAreThoseOfMezoAtARateThatFallsWithTheNumberOfWeights(int samples) {
        try (ZerothTrial trial = new ZerothTrial(DType.FLOAT);
                ZerothTrial same = new ZerothTrial(DType.FLOAT)) {
            Module model = trial.model();
            Module copy = same.model();
            double share = samples / (samples + ZerothTrial.values(copy.parameterList()).length + 1.0);
            Mezo mezo = Mezo.builder(0).samples(samples).build(copy.parameterList(), same.root);
            Optimizer optimizer = Sgd.builder(9).momentum(0.9).build(model.parameterList(), trial.root);
            try (TrainingSteps steps = new MezoTrained(model, samples).steps(settings(trial, optimizer))) {
                for (int step = 0; step < 3; step++) {
                    optimizer.setLearningRate(0.5 / (step + 1));
                    mezo.setLearningRate(share * optimizer.learningRate());
                    assertThat(steps.step(trial.images, trial.labels))
                            .hasValue(mezo.step(70 + step, same.loss(copy)).loss());
                }
                steps.drain();
                assertThat(steps.gradients(trial.root, 0, trial.images, trial.labels))
                        .isEmpty();
            }
            assertThat(optimizer.stateBytes()).isZero();
            assertThat(ZerothTrial.state(model)).usingRecursiveComparison().isEqualTo(ZerothTrial.state(copy));
        }
    }

    @Test
    void evaluatesAsTheModuleUnderItsNames() {
        try (ZerothTrial trial = new ZerothTrial(DType.FLOAT)) {
            Module model = trial.model();
            MezoTrained wrapped = new MezoTrained(model, 1);
            assertThat(wrapped.parameters()).isEqualTo(model.parameters());
            try (Tape tape = Tape.inference(trial.root)) {
                double[] expected =
                        model.call(tape.constant(trial.images)).value().toDoubles();
                assertThat(wrapped.call(tape.constant(trial.images)).value().toDoubles())
                        .isEqualTo(expected);
            }
            try (Tape tape = Tape.training(trial.root, 1)) {
                assertThatThrownBy(() -> wrapped.call(tape.constant(trial.images)))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("mezo: trains by steps of its own");
            }
            assertThatThrownBy(() -> new MezoTrained(wrapped, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("trains in a way of its own");
            assertThatThrownBy(() -> new MezoTrained(model, 0)).hasMessage("mezo: samples 0 is below 1");
        }
    }

    @Test
    void isToldHowManyDirectionsAStepTakes() {
        Technique technique = new MezoTechnique();
        assertThat(technique.term()).isEqualTo("mezo");
        assertThat(technique.with("samples=1").term()).isEqualTo("mezo");
        assertThat(technique.with("samples=4").term()).isEqualTo("mezo:samples=4");
        for (String argument : List.of("samples=0", "samples=x", "samples=", "4", "directions=2")) {
            assertThatThrownBy(() -> technique.with(argument))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("it takes samples=N, of 1 direction a step or more");
        }
    }

    @Test
    void arrangesTheModelAsItIsUnderItsNames() {
        try (ZerothTrial trial = new ZerothTrial(DType.FLOAT)) {
            Module model = trial.model();
            TechniqueSettings settings =
                    new TechniqueSettings(new ParameterFactory(trial.root, DType.FLOAT, 1), Map.of());
            Part structure = new Composite(List.of(), built -> model);
            Technique technique = new MezoTechnique();
            assertThat(technique.refusal(structure, settings)).isEmpty();
            Module arranged = technique.arrange(structure, settings).build();
            assertThat(arranged).isInstanceOf(MezoTrained.class);
            assertThat(arranged.parameters()).isEqualTo(model.parameters());
        }
    }
}
