package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.junit.jupiter.api.Test;

/** Updates at once, in forward, of weights that something before will read again in backward. */
class UpdateBehindReplayTest {

    @Test
    void aLayerThatIsComputedAgainWithUpdatedWeightsIsRefused() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);
            Linear tied = new Linear(factory, 4, 4, true);
            DecoupledSequence decoupled = new DecoupledSequence(
                    List.of(tied, new Linear(factory, 4, 3, true)), List.of(new LinearPredictor(factory, 4)));
            decoupled.updating(UpdateRule.atOnce(
                    Sgd.builder(0.1).build(tied.parameterList(), root),
                    Sgd.builder(0.1).build(decoupled.predictorParameterList(), root)));
            Module model = new Sequential(new Recomputed(tied), decoupled);
            try (Tape tape = Tape.training(root, 1)) {
                Variable x =
                        tape.leaf(root.allocate(Shape.of(8, 4), DType.DOUBLE).fill(0.5));
                Variable loss = Sum.sum(Tanh.tanh(model.call(x)));
                assertThatThrownBy(() -> tape.backward(loss))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("recomputed replay in 0")
                        .hasMessageContaining("modified in place by sgd");
            }
        }
    }
}
