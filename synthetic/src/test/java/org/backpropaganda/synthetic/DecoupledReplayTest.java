package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.testing.OraclePredictor;
import org.junit.jupiter.api.Test;

/** Modules without parameters, in something that computes them twice: only the replay knows that the input needs a gradient. */
class DecoupledReplayTest {

    /** Two factors of −3 and 2; the oracle says 2, which is the gradient between them. */
    @Test
    void thePredictorIsAskedInTheFirstRunToo() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Tensor gradient = root.allocate(Shape.of(2, 1), DType.DOUBLE).fill(2);
            Module decoupled =
                    new DecoupledSequence(List.of(factor(-3), factor(2)), List.of(new OraclePredictor(gradient)));
            Module nested = new DecoupledSequence(
                    List.of(
                            new DecoupledSequence(
                                    List.of(factor(-3), factor(1)), List.of(new OraclePredictor(gradient))),
                            factor(2)),
                    List.of(new OraclePredictor(gradient)));
            for (Module model : List.of(
                    decoupled,
                    new Recomputed(decoupled),
                    new Recomputed(new Sequential(decoupled)),
                    new Recomputed(nested))) {
                try (Tape tape = Tape.training(root, 1)) {
                    Variable x = tape.leaf(
                            root.allocate(Shape.of(2, 1), DType.DOUBLE).set(5, 7));
                    tape.backward(Ops.sum(model.call(x))).close();
                    assertThat(tape.gradient(x).toDoubles()).containsExactly(-6, -6);
                }
            }
        }
    }

    private static Module factor(double factor) {
        return new Activation(x -> Ops.scale(x, factor));
    }
}
