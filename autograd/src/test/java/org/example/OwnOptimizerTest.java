package org.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.io.Progress;
import org.backpropaganda.autograd.io.TensorFileException;
import org.backpropaganda.autograd.io.TrainingState;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.optim.GroupedOptimizer;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.ParameterOptimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An optimizer from outside the library is one class, and has all that the library's have. */
class OwnOptimizerTest {
    /** Steps of one size in the direction of the sum of all signs so far. */
    private static final class SignVotes extends ParameterOptimizer {
        SignVotes(List<Parameter> parameters, TensorScope scope, double learningRate) {
            super("sign votes", parameters, scope, 1, learningRate);
        }

        @Override
        protected void update(Parameter parameter, Tensor gradient, State state) {
            double[] p = parameter.value().toDoubles();
            double[] g = gradient.toDoubles();
            double[] votes = state.tensor(0).toDoubles();
            for (int i = 0; i < p.length; i++) {
                votes[i] += Math.signum(g[i]);
                p[i] -= learningRate() * Math.signum(votes[i]);
            }
            state.tensor(0).set(votes);
            parameter.value().set(p);
        }
    }

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private Linear layer() {
        Linear layer = new Linear(new ParameterFactory(root, DType.DOUBLE, 1), 2, 1, false);
        layer.weight().value().set(1, -1);
        return layer;
    }

    /** The gradient of the weight is x. */
    private void step(Linear layer, Optimizer optimizer, double... x) {
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 1);
                Gradients gradients = tape.backward(loss(layer, tape, scope, x))) {
            optimizer.step(gradients);
        }
    }

    private static Variable loss(Linear layer, Tape tape, TensorScope scope, double... x) {
        return Sum.sum(layer.call(tape.constant(
                scope.allocate(Shape.of(1, 2), DType.DOUBLE, MemoryKind.INPUT).set(x))));
    }

    @Test
    void trainsWithStateThatTheLedgerKnows() {
        Linear layer = layer();
        SignVotes optimizer = new SignVotes(layer.parameterList(), root, 0.25);
        assertThat(engine.ledger().liveBytes(MemoryKind.OPTIMIZER)).isZero();
        step(layer, optimizer, 3, -2);
        assertThat(layer.weight().value().toDoubles()).containsExactly(0.75, -0.75);
        step(layer, optimizer, -3, -2);
        assertThat(layer.weight().value().toDoubles()).containsExactly(0.75, -0.5);
        optimizer.setLearningRate(1);
        step(layer, optimizer, 0, 1);
        assertThat(layer.weight().value().toDoubles()).containsExactly(0.75, 0.5);
        assertThat(layer.weight().value().lastWriter()).isEqualTo("sign votes");
        assertThat(optimizer.stateBytes()).isEqualTo(16);
        assertThat(engine.ledger().liveBytes(MemoryKind.OPTIMIZER)).isEqualTo(16);
        assertThat(engine.ledger().peakBytes(MemoryKind.OPTIMIZER, "weight")).isEqualTo(16);
        optimizer.close();
        assertThat(engine.ledger().liveBytes(MemoryKind.OPTIMIZER)).isZero();
    }

    @Test
    void updatesDuringBackwardAndInGroups() {
        Linear one = layer();
        Linear other = layer();
        Optimizer grouped = GroupedOptimizer.of(
                new SignVotes(one.parameterList(), root, 0.25), Sgd.builder(0.5).build(other.parameterList(), root));
        try (TensorScope scope = root.child();
                Gradients gradients = grouped.duringBackward(scope);
                Tape tape = Tape.builder(scope).gradients(gradients).build()) {
            tape.backward(loss(one, tape, scope, 3, -2));
            assertThat(gradients.of(one.weight())).isNull();
        }
        assertThat(one.weight().value().toDoubles()).containsExactly(0.75, -0.75);
        step(other, grouped, 2, 4);
        assertThat(other.weight().value().toDoubles()).containsExactly(0, -3);
    }

    @Test
    void isSavedAndRestored(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("state");
        Linear layer = layer();
        SignVotes optimizer = new SignVotes(layer.parameterList(), root, 0.25);
        step(layer, optimizer, 3, -2);
        step(layer, optimizer, 3, 2);
        TrainingState.of(layer, optimizer).save(file, Progress.at(2));
        step(layer, optimizer, -1, -1);
        double[] expected = layer.weight().value().toDoubles();

        Linear again = layer();
        SignVotes resumed = new SignVotes(again.parameterList(), root, 1);
        TrainingState.of(again, resumed).load(file);
        assertThat(resumed.learningRate()).isEqualTo(0.25);
        assertThat(resumed.state().slots().get(again.weight()).steps()).isEqualTo(2);
        step(again, resumed, -1, -1);
        assertThat(again.weight().value().toDoubles()).containsExactly(expected);

        Sgd sgd = Sgd.builder(0.25).momentum(0.5).build(again.parameterList(), root);
        assertThatThrownBy(() -> TrainingState.of(again, sgd).load(file))
                .isInstanceOf(TensorFileException.class)
                .hasMessageContaining("is of kind sign votes, not sgd");
    }

    @Test
    void refusesWhatTheOthersRefuse() {
        Linear layer = layer();
        List<Parameter> weights = layer.parameterList();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SignVotes(List.of(), root, 1))
                .withMessage("sign votes: no parameters are given");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SignVotes(List.of(weights.get(0), weights.get(0)), root, 1))
                .withMessageContaining("is given twice");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SignVotes(weights, root, Double.NaN))
                .withMessage("sign votes: learning rate NaN must be finite and 0 or more");
        layer.freeze();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SignVotes(weights, root, 1))
                .withMessageContaining("is frozen; leave it out");
        layer.unfreeze();
        SignVotes optimizer = new SignVotes(weights, root, 1);
        optimizer.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> step(layer, optimizer, 1, 1))
                .withMessage("sign votes: used after close");
    }

    /** No room for state: no parameter was changed. */
    @Test
    void aStepWithoutRoomForStateChangesNothing() {
        try (Engine small =
                Engine.builder().threads(1).memoryBudgetBytes(3 * 16 + 8).build()) {
            TensorScope scope = small.scope("");
            Parameter parameter = new Parameter(scope.allocate(Shape.of(2), DType.DOUBLE, MemoryKind.PARAMETER)
                    .set(1, 2));
            SignVotes optimizer = new SignVotes(List.of(parameter), scope, 1);
            try (Tape tape = Tape.training(scope, 1)) {
                Tensor one = scope.allocate(Shape.of(2), DType.DOUBLE).set(1, 1);
                Gradients gradients = tape.backward(List.of(tape.parameter(parameter)), List.of(one));
                assertThatThrownBy(() -> optimizer.step(gradients)).isInstanceOf(MemoryBudgetException.class);
                assertThat(one.isClosed()).isFalse();
            }
            assertThat(parameter.value().toDoubles()).containsExactly(1, 2);
            assertThat(Optional.ofNullable(optimizer.state().slots().get(parameter))
                            .map(slot -> slot.steps()))
                    .contains(0L);
            assertThat(Map.copyOf(small.ledger().atPeak())).containsEntry(MemoryKind.OPTIMIZER, 0L);
        }
    }
}
