package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.optim.Adam;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.junit.jupiter.api.Test;

class DecoupledSummaryTest {

    @Test
    void updatesAtOnceAreNotMadeBySummaries() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 1);
            DecoupledSequence model = new DecoupledSequence(
                    List.of(
                            new Sequential(new Linear(factory, 6, 5, true), Activation.tanh()),
                            new Sequential(new Linear(factory, 5, 4, true), Activation.tanh())),
                    List.of(new LinearPredictor(factory, 5)));
            Tensor x = root.allocate(Shape.of(8, 6), DType.FLOAT, MemoryKind.INPUT)
                    .fill(new SplittableRandom(1)::nextDouble);
            try (Optimizer modules = Sgd.builder(0.1).build(model.parameterList(), root);
                    Optimizer predictors = Adam.builder(0.1).build(model.predictorParameterList(), root)) {
                model.updating(UpdateRule.atOnce(modules, predictors)).measuring(true);
                double[] before = model.parameterList().get(0).value().toDoubles();

                ModelSummary summary = model.summary(x.spec());
                assertThat(model.parameterList().get(0).value().toDoubles()).containsExactly(before);
                assertThat(predictors.stateBytes()).isZero();
                assertThat(model.quality(0)).isNull();
                assertThat(summary.peakForwardBytes()).isEmpty();
                assertThat(summary.parameters()).isEqualTo(6 * 5 + 5 + 5 * 4 + 4 + 5 * 5 + 5);
                assertThat(summary.multiplyAdds()).isEqualTo(8 * (6 * 5 + 5 * 4 + 5 * 5));
                assertThat(summary.repeatedMultiplyAdds()).hasValue(8 * 5 * 5);
                assertThat(StepFigures.predicted(summary)).isEqualTo(StepFigures.measured(model, List.of(x)));
            }
        }
    }
}
