package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.io.SafeTensors;
import org.backpropaganda.autograd.io.TensorFile;
import org.backpropaganda.autograd.io.Weights;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Sigmoid;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.op.Subtract;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.optim.WeightAverage;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.HeapCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replay that does not compute what the first run computed is refused, and told by path and step. */
class ReplayCheckTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);

    @AfterEach
    void close() {
        root.close();
        engine.close();
    }

    /** Computes one thing first and another from then on. */
    private static final class Fickle extends Module {
        private final BiFunction<Integer, List<Variable>, List<Variable>> body;
        private int run;

        Fickle(BiFunction<Integer, List<Variable>, List<Variable>> body) {
            this.body = body;
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return body.apply(run++, inputs);
        }
    }

    private Tensor two() {
        return root.allocate(Shape.of(2), DType.DOUBLE, MemoryKind.INPUT).set(0.5, -1.5);
    }

    private double[] step(Module model, Consumer<Tape> between) {
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 1)) {
            Variable x = tape.leaf(two());
            List<Variable> results = model.call(List.of(x, tape.leaf(two())));
            Variable loss = Sum.sum(results.get(0));
            between.accept(tape);
            try (Gradients gradients = tape.backward(loss)) {
                assertThat(gradients.parameters()).isEmpty();
                return tape.gradient(x).toDoubles();
            }
        }
    }

    private void assertRefused(BiFunction<Integer, List<Variable>, List<Variable>> body, String... told) {
        Module fickle = new Fickle(body);
        Module model = Checkpoint.checkpoint(new Sequential(fickle));
        assertThatThrownBy(() -> step(model, tape -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("checkpoint replay in 0 differs from the first run")
                .hasMessageContainingAll(told);
    }

    private static List<Variable> unary(UnaryOperator<Variable> op, List<Variable> inputs) {
        return List.of(op.apply(inputs.get(0)));
    }

    @Test
    void anotherOpAnotherAttributeAnotherCount() {
        assertRefused(
                (run, x) -> unary(run == 0 ? Relu::relu : Tanh::tanh, x),
                "was Relu[",
                "is Tanh[]",
                "argument (step 0)");
        assertRefused((run, x) -> unary(v -> Scale.scale(v, run + 1, 0), x), "Scale[factor=1.0", "Scale[factor=2.0");
        assertRefused(
                (run, x) -> unary(v -> run == 0 ? Relu.relu(v) : Tanh.tanh(Relu.relu(v)), x),
                "was return of",
                "is Tanh[]");
        assertRefused((run, x) -> run == 1 ? x : unary(Tanh::tanh, x), "was Tanh[]", "is return of");
    }

    @Test
    void resultsInAnotherOrder() {
        assertRefused(
                (run, x) -> {
                    Variable y = Scale.scale(x.get(0), 2, 0);
                    Variable z = Scale.scale(x.get(0), 7, 0);
                    return run == 0 ? List.of(y, z) : List.of(z, y);
                },
                "return: result 0 was scale (step 1), is scale (step 2) now");
    }

    @Test
    void anotherCountOfResults() {
        assertRefused(
                (run, x) -> {
                    Variable y = Tanh.tanh(x.get(0));
                    return run == 0 ? List.of(y) : List.of(y, y);
                },
                "was return of");
    }

    @Test
    void inputsInAnotherOrder() {
        assertRefused(
                (run, x) -> List.of(Subtract.subtract(x.get(run), x.get(1 - run))),
                "subtract: input 0 was argument (step 0), is argument [1] (step 0) now");
    }

    @Test
    void anotherShape() {
        assertRefused(
                (run, x) -> List.of(Slice.slice(x.get(0), 0, 0, run == 0 ? 2 : 1)),
                "length=2",
                "length=1",
                "[2]",
                "[1]");
        assertRefused(
                (run, x) -> unary(v -> Reshape.reshape(v, run == 0 ? new long[] {2, 1} : new long[] {1, 2}), x),
                "[2, 1]",
                "[1, 2]");
    }

    @Test
    void anotherBranchOfModules() {
        Module one = Activation.relu();
        Module other = Activation.tanh();
        Module choice = new Fickle((run, x) -> List.of((run == 0 ? one : other).call(x.get(0))));
        assertThatThrownBy(() -> step(Checkpoint.checkpoint(choice), tape -> {}))
                .hasMessageContaining("differs from the first run");
    }

    @Test
    void aConstantThatWasReplacedOrModified() {
        Tensor[] seen = {two(), two()};
        assertRefused(
                (run, x) -> unary(v -> Multiply.multiply(v, v.tape().constant(seen[run])), x),
                "multiply: input 1 was DOUBLE[2] from outside, is another DOUBLE[2] from outside now");
        Module scaled = Checkpoint.checkpoint(
                new Activation(v -> Multiply.multiply(v, v.tape().constant(seen[0]))));
        assertThatThrownBy(() -> step(new FirstOf(scaled), tape -> seen[0].fill(3)))
                .hasMessageContaining("multiply: input 1 DOUBLE[2] is at version")
                .hasMessageContaining("modified in place by fill");
    }

    /** Gives a module the first input alone. */
    private static final class FirstOf extends Module {
        private final Module body;

        FirstOf(Module body) {
            this.body = register("", body);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return body.call(inputs.subList(0, 1));
        }
    }

    /** State of a module's own that enters as a constant which it makes anew each time. */
    @Test
    void aConstantOfOtherValues() {
        assertRefused(
                (run, x) -> unary(
                        v -> Add.add(
                                v,
                                v.tape()
                                        .constant(v.tape()
                                                .scope()
                                                .allocate(Shape.of(2), DType.DOUBLE)
                                                .fill(run))),
                        x),
                "constant [DOUBLE[2]] has other values now");
    }

    @Test
    void theSameComputationPasses() {
        assertThat(step(
                        Checkpoint.checkpoint(new Fickle((run, x) -> {
                            Tape tape = x.get(0).tape();
                            Tensor made = tape.scope()
                                    .allocate(Shape.of(2), DType.DOUBLE)
                                    .fill(4);
                            return List.of(Multiply.multiply(x.get(0), tape.constant(made)));
                        })),
                        tape -> {}))
                .containsExactly(4, 4);
    }

    /** An input that enters twice, under a policy that brings it back elsewhere. */
    @Test
    void anInputThatEntersTwice() {
        Module product = Checkpoint.checkpoint(
                new Fickle((run, x) -> List.of(Multiply.multiply(x.get(0), Sigmoid.sigmoid(x.get(1))))));
        try (Tape tape =
                Tape.builder(root).policy(SavedTensorPolicy.of(new HeapCodec())).build()) {
            Variable x = tape.leaf(two());
            tape.backward(Sum.sum(product.call(List.of(x, x)).get(0))).close();
            double s = 1 / (1 + Math.exp(-0.5));
            assertThat(tape.gradient(x).toDoubles()[0]).isCloseTo(s + 0.5 * s * (1 - s), within(1e-15));
        }
    }

    private Linear line() {
        Linear line = new Linear(factory, 1, 1, false);
        line.weight().value().fill(2);
        return line;
    }

    private void assertModifiedWeightIsRefused(Module model, Runnable between, String writer) {
        for (boolean training : List.of(true, false)) {
            try (TensorScope step = root.child()) {
                try (Tape tape = training
                        ? Tape.training(step, 1)
                        : Tape.builder(step).evaluating().build()) {
                    Variable x = tape.leaf(
                            step.allocate(Shape.of(2, 1), DType.DOUBLE).fill(3));
                    Variable loss = Sum.sum(model.call(x));
                    between.run();
                    assertThatThrownBy(() -> tape.backward(loss))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("modified in place by " + writer);
                }
            }
        }
    }

    /** The gradient of x would be that of the new weight. */
    @Test
    void aWeightThatWasModifiedBetweenForwardAndBackward() {
        Linear line = line();
        Linear tail = line();
        for (Module model : List.of(
                new Sequential(line, tail),
                Checkpoint.checkpoint(line),
                Checkpoint.checkpoint(new Sequential(line)),
                new CheckpointedSequence(List.of(line, tail), 2),
                new Sequential(Checkpoint.checkpoint(Checkpoint.checkpoint(line)), tail),
                Checkpoint.checkpoint(new Sequential(Checkpoint.checkpoint(line), tail)))) {
            assertModifiedWeightIsRefused(model, () -> line.weight().value().fill(5), "fill");
        }
        WeightAverage average = WeightAverage.builder(0.5).build(line.parameterList(), root);
        assertModifiedWeightIsRefused(
                Checkpoint.checkpoint(line), () -> average.swapIn().close(), "weight swap");
        Sgd sgd = Sgd.builder(0.1).build(line.parameterList(), root);
        assertModifiedWeightIsRefused(
                Checkpoint.checkpoint(line),
                () -> {
                    try (TensorScope other = root.child();
                            Tape tape = Tape.training(other, 1)) {
                        Variable x = tape.constant(
                                other.allocate(Shape.of(2, 1), DType.DOUBLE).fill(1));
                        try (Gradients gradients = tape.backward(Sum.sum(line.call(x)))) {
                            sgd.step(gradients);
                        }
                    }
                },
                "sgd");
    }

    /** The critic makes a step of its own between the generator's forward and backward, which goes through the critic. */
    @Test
    void aCriticThatMadeAStepBetweenTheForwardAndTheBackwardOfItsGenerator() {
        Linear generator = line();
        Linear critic = line();
        Sgd ofCritic = Sgd.builder(0.1).build(critic.parameterList(), root);
        Module game = new Sequential(generator, Checkpoint.checkpoint(critic));
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 1)) {
            Variable made =
                    tape.leaf(step.allocate(Shape.of(2, 1), DType.DOUBLE).fill(1));
            Variable loss = Sum.sum(game.call(made));
            try (Tape own = Tape.training(step, 2)) {
                Variable real =
                        own.constant(step.allocate(Shape.of(2, 1), DType.DOUBLE).fill(3));
                try (Gradients gradients =
                        own.backward(Sum.sum(Checkpoint.checkpoint(critic).call(real)))) {
                    ofCritic.step(gradients);
                }
            }
            assertThatThrownBy(() -> tape.backward(loss))
                    .hasMessageContaining("checkpoint replay in 1")
                    .hasMessageContaining("modified in place by sgd");
        }
    }

    @Test
    void weightsThatWereLoadedBetweenForwardAndBackward(@TempDir Path directory) throws IOException {
        Linear line = line();
        Path file = directory.resolve("weights.safetensors");
        SafeTensors.write(file, Weights.of(line));
        assertModifiedWeightIsRefused(
                Checkpoint.checkpoint(line),
                () -> {
                    try (TensorFile weights = SafeTensors.open(file)) {
                        Weights.load(weights, line);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                "load");
    }

    /** An evaluating tape normalises by running statistics; a training one moves them on the side. */
    @Test
    void aRunningStatisticOfAnEvaluatingTape() {
        BatchNorm norm = new BatchNorm(factory, 1);
        try (TensorScope step = root.child();
                Tape tape = Tape.builder(step).evaluating().build()) {
            Variable x = tape.leaf(step.allocate(Shape.of(2, 1), DType.DOUBLE).fill(3));
            Variable loss = Sum.sum(Checkpoint.checkpoint(norm).call(x));
            norm.statistics().variance().fill(9);
            assertThatThrownBy(() -> tape.backward(loss)).hasMessageContaining("modified in place by fill");
        }
    }
}
