package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.ReplayCheck;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** An engine with a way to arrange blocks, and what came of steps in it. Every replay in it is compared value by value. */
final class Lab implements AutoCloseable {
    /** Of rows. */
    static final int WIDTH = 4;

    final Engine engine = Engine.builder().threads(1).build();
    final TensorScope root = engine.scope("");
    final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 5);
    final ReplayCheck check = new ReplayCheck();
    private final Function<List<Module>, Module> way;
    private final Map<String, double[]> values = new LinkedHashMap<>();

    Lab(Function<List<Module>, Module> way) {
        this.way = way;
    }

    static Module block(Lab lab) {
        return new Sequential(
                new Linear(lab.factory, WIDTH, WIDTH, true),
                new BatchNorm(lab.factory, WIDTH),
                Activation.tanh(),
                new Dropout(0.3));
    }

    static Variable loss(List<Variable> results) {
        return loss(results.get(0));
    }

    static Variable loss(Variable result) {
        return Ops.sum(Ops.square(result));
    }

    /** One training step of the blocks on a leaf. */
    static void trained(Lab lab, Consumer<TapeBuilder> settings, Module... blocks) {
        Module model = lab.arrange(blocks);
        Tensor batch = lab.input(1, 6, WIDTH);
        lab.step(settings, (scope, tape) -> {
            Variable x = tape.leaf(batch);
            lab.backward(tape, loss(model.call(x)), model);
            lab.put("x", tape.gradient(x));
        });
        model.buffers().forEach(lab::put);
    }

    /** Runs a body in both ways; whatever it puts has to have the bits of plain. */
    static void assertBitsOfPlain(Way way, Consumer<Lab> body) {
        assertPlain(way, body, (name, pair) -> assertThat(pair[1]).as(name).containsExactly(pair[0]));
    }

    /** The same where sums may have another order, within a bound relative to the largest number that was put. */
    static void assertCloseToPlain(Way way, double bound, Consumer<Lab> body) {
        assertPlain(
                way,
                body,
                (name, pair) -> assertThat(pair[1])
                        .as(name)
                        .containsExactly(
                                pair[0],
                                within(bound * Arrays.stream(pair[2]).max().orElse(0))));
    }

    private static void assertPlain(Way way, Consumer<Lab> body, BiConsumer<String, double[][]> law) {
        try (Lab plain = new Lab(Sequential::new);
                Lab arranged = new Lab(way::arrange)) {
            body.accept(plain);
            body.accept(arranged);
            assertThat(plain.values).isNotEmpty();
            assertThat(arranged.values.keySet()).isEqualTo(plain.values.keySet());
            double[] magnitudes = plain.values.values().stream()
                    .flatMapToDouble(Arrays::stream)
                    .map(Math::abs)
                    .toArray();
            plain.values.forEach((name, expected) ->
                    law.accept(name, new double[][] {expected, arranged.values.get(name), magnitudes}));
            assertThat(arranged.check.compared()).isGreaterThan(plain.check.compared());
        }
    }

    Module arrange(Module... blocks) {
        return way.apply(List.of(blocks));
    }

    /** A batch that nobody differentiates with respect to, unless a tape makes it a leaf. */
    Tensor input(long seed, long... shape) {
        Tensor tensor = root.allocate(Shape.of(shape), DType.DOUBLE, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    Tensor integers(int... values) {
        return root.allocate(Shape.of(values.length), DType.INT, MemoryKind.INPUT)
                .set(values);
    }

    /** A step that leaves nothing behind, however it ends. */
    void step(BiConsumer<TensorScope, Tape> body) {
        step(tape -> {}, body);
    }

    void step(Consumer<TapeBuilder> settings, BiConsumer<TensorScope, Tape> body) {
        long before = engine.ledger().liveBytes();
        try (TensorScope scope = root.child()) {
            TapeBuilder builder = Tape.builder(scope).seed(3).replayCheck(check);
            settings.accept(builder);
            try (Tape tape = builder.build()) {
                body.accept(scope, tape);
            }
        } finally {
            assertThat(activations()).as("activations").isZero();
            assertThat(engine.ledger().liveBytes()).as("bytes").isEqualTo(before);
        }
    }

    long activations() {
        return engine.ledger().liveBytes(MemoryKind.ACTIVATION);
    }

    /** Differentiates, after which nothing is held; takes up the loss and the gradients of the model's parameters. */
    void backward(Tape tape, Variable loss, Module model) {
        put("loss", loss.value());
        try (Gradients gradients = tape.backward(loss)) {
            assertThat(activations()).isZero();
            put(model, gradients);
        }
    }

    void put(Module model, Gradients gradients) {
        model.parameters().forEach((name, parameter) -> {
            Tensor gradient = gradients.of(parameter);
            if (gradient != null) {
                put(name, gradient);
            }
        });
    }

    void put(String name, Tensor tensor) {
        values.put(name + " #" + values.size(), tensor.toDoubles());
    }

    @Override
    public void close() {
        root.close();
        engine.close();
    }
}
