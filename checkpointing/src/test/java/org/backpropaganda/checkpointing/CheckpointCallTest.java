package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A function that is computed again ends in its last call, and in no call that another one follows. */
class CheckpointCallTest {
    private static final int WIDTH = 3;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 4);

    @AfterEach
    void close() {
        engine.close();
    }

    /** A tanh and two layers in one call. */
    private static final class Called extends Module {
        private final List<Module> links;
        private final int ofFront;
        private final boolean checkpointed;

        Called(List<? extends Module> links, int ofFront, boolean checkpointed) {
            this.links = List.copyOf(links);
            this.ofFront = ofFront;
            this.checkpointed = checkpointed;
            for (int i = 0; i < links.size(); i++) {
                register("link" + i, links.get(i));
            }
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            UnaryOperator<List<Variable>> front = x -> run(0, ofFront, x);
            UnaryOperator<List<Variable>> last = x -> run(ofFront, links.size(), x);
            return checkpointed
                    ? Checkpoint.call(front, last, trainedParameters(), inputs)
                    : last.apply(front.apply(inputs));
        }

        private List<Variable> run(int from, int to, List<Variable> inputs) {
            List<Variable> current = inputs;
            for (Module link : links.subList(from, to)) {
                current = link.call(current);
            }
            return current;
        }
    }

    private List<double[]> gradients(Module model) {
        List<double[]> gradients = new ArrayList<>();
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(scope.allocate(Shape.of(2, WIDTH), DType.DOUBLE, MemoryKind.INPUT)
                    .fill(0.5));
            try (Gradients found = tape.backward(Ops.sum(Ops.square(model.call(x))))) {
                model.parameterList()
                        .forEach(parameter -> gradients.add(found.of(parameter).toDoubles()));
                gradients.add(tape.gradient(x).toDoubles());
            }
        }
        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
        return gradients;
    }

    private List<Module> links() {
        return List.of(
                Activation.tanh(), new Linear(factory, WIDTH, WIDTH, true), new Linear(factory, WIDTH, WIDTH, true));
    }

    @Test
    void oneLastCallEndsEarlyWithTheGradientsOfPlain() {
        List<Module> links = links();
        List<double[]> plain = gradients(new Called(links, 2, false));
        assertThat(gradients(new Called(links, 2, true)))
                .usingRecursiveComparison()
                .isEqualTo(plain);
    }

    @Test
    void aLastFunctionOfTwoCallsIsRefused() {
        assertThatThrownBy(() -> gradients(new Called(links(), 1, true)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the replay ends in a call that this follows");
        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
    }
}
