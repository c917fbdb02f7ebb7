package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** A step through a chain of twelve blocks of some kind, and all that a schedule may not change or has to keep to. */
final class Twelve {
    static final int STEPS = 12;
    private static final int BATCH = 4;
    static final int WIDTH = 6;
    /** Of one tensor of a state. */
    static final long TENSOR_BYTES = 8L * BATCH * WIDTH;

    /** What a block is. */
    enum Kind {
        PLAIN,
        DROPOUT,
        BATCH_NORM,
        SHARED,
        STREAMS;

        int streams() {
            return this == STREAMS ? 2 : 1;
        }

        /** The number of the block that a step calls. */
        int block(int step) {
            return this == SHARED && step % 3 == 2 ? 2 : step;
        }
    }

    /** What a step gave. */
    record Step(Map<String, double[]> values, List<Integer> evaluations, long peakBytes) {}

    private Twelve() {}

    /** x → tanh(f(x)); of two streams, (a, b) → (a + tanh(f(b)), a). */
    static final class Block extends Module {
        private final List<Module> links = new ArrayList<>();
        private final Runnable called;

        Block(ParameterFactory factory, Kind kind, Runnable called) {
            this.called = called;
            links.add(register("linear", new Linear(factory, WIDTH, WIDTH, true)));
            if (kind == Kind.BATCH_NORM) {
                links.add(register("norm", new BatchNorm(factory, WIDTH)));
            }
            if (kind != Kind.PLAIN) {
                links.add(register("dropout", new Dropout(0.3)));
            }
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            called.run();
            Variable current = inputs.get(inputs.size() - 1);
            for (Module link : links) {
                current = link.call(current);
            }
            Variable y = Tanh.tanh(current);
            return inputs.size() == 1 ? List.of(y) : List.of(Add.add(inputs.get(0), y), inputs.get(0));
        }
    }

    static List<Module> blocks(ParameterFactory factory, Kind kind, int[] evaluations) {
        List<Module> blocks = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            int number = kind.block(i);
            blocks.add(number < i ? blocks.get(number) : new Block(factory, kind, () -> evaluations[number]++));
        }
        return blocks;
    }

    static Tensor random(TensorScope scope, long seed, MemoryKind memory) {
        Tensor tensor = scope.allocate(Shape.of(BATCH, WIDTH), DType.DOUBLE, memory);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    /** Differentiates the chain once, put together by {@code arrange}. */
    static Step step(Kind kind, Function<List<Module>, Module> arrange) {
        int[] evaluations = new int[STEPS];
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Module model = arrange.apply(blocks(new ParameterFactory(root, DType.DOUBLE, 5), kind, evaluations));
            Map<String, double[]> values = new LinkedHashMap<>();
            engine.ledger().resetPeak();
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                List<Variable> x = new ArrayList<>();
                for (int i = 0; i < kind.streams(); i++) {
                    x.add(tape.leaf(random(scope, 1 + i, MemoryKind.TEMPORARY)));
                }
                Variable loss = null;
                for (Variable y : model.call(x)) {
                    Variable part = Sum.sum(Multiply.multiply(y, tape.constant(random(scope, 7, MemoryKind.INPUT))));
                    loss = loss == null ? part : Add.add(loss, part);
                }
                values.put("loss", loss.value().toDoubles());
                try (Gradients gradients = tape.backward(loss)) {
                    model.parameters()
                            .forEach((name, parameter) ->
                                    values.put(name, gradients.of(parameter).toDoubles()));
                }
                if (engine.ledger().liveBytes(MemoryKind.ACTIVATION) != 0) {
                    throw new AssertionError("activations are left after backward");
                }
                for (int i = 0; i < x.size(); i++) {
                    values.put("x" + i, tape.gradient(x.get(i)).toDoubles());
                }
            }
            model.buffers().forEach((name, buffer) -> values.put(name, buffer.toDoubles()));
            if (engine.ledger().liveBytes() != engine.ledger().liveBytes(MemoryKind.PARAMETER)) {
                throw new AssertionError("bytes are left after the step");
            }
            return new Step(
                    values,
                    Arrays.stream(evaluations).boxed().toList(),
                    engine.ledger().peakBytes(MemoryKind.ACTIVATION));
        }
    }
}
