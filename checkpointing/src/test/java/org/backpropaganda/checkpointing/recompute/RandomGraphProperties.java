package org.backpropaganda.checkpointing.recompute;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.MatMul;
import org.backpropaganda.autograd.op.Maximum;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Sigmoid;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.op.Softmax;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Graphs of random ops on random earlier values, under random budgets. */
class RandomGraphProperties {
    private static final Shape SHAPE = Shape.of(4, 6);

    /**
     * One op.
     *
     * @param kind which
     * @param a number of an earlier value, 0 for the leaf
     * @param b another one, or the same
     */
    private record Step(int kind, int a, int b) {
        Variable apply(Variable x, Variable y, Variable weight) {
            return switch (kind) {
                case 0 -> Tanh.tanh(x);
                case 1 -> Multiply.multiply(x, y);
                case 2 -> Add.add(x, y);
                case 3 -> MatMul.matmul(x, weight);
                case 4 -> passing(Scale.scale(x, 0.5, 0.1), Sigmoid::sigmoid);
                case 5 -> passing(Concat.concat(1, x, y), both -> Slice.slice(both, 1, 3, 6));
                case 6 -> Softmax.softmax(x);
                case 7 -> passing(passing(Reshape.reshape(x, 24), row -> Reshape.reshape(row, 4, 6)), Tanh::tanh);
                default -> Maximum.maximum(x, y);
            };
        }

        private static Variable passing(Variable between, UnaryOperator<Variable> next) {
            Variable result = next.apply(between);
            between.release();
            return result;
        }
    }

    private static List<Step> graph(int ops, int reach, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < ops; i++) {
            int least = Math.max(0, i + 1 - reach);
            int a = random.nextInt(3) == 0 ? random.nextInt(least, i + 1) : i;
            steps.add(new Step(random.nextInt(9), a, random.nextInt(least, i + 1)));
        }
        return steps;
    }

    /**
     * What a step told.
     *
     * @param refusal of the allocation that had no room, or empty
     */
    private record Told(Map<String, double[]> values, long peakBytes, EvictionReport report, String refusal) {}

    private static Told run(List<Step> steps, Engine.Builder builder, boolean evicting) {
        Evictor evictor = new Evictor();
        Map<String, double[]> values = new LinkedHashMap<>();
        String refusal = "";
        try (Engine engine = builder.threads(1).build();
                TensorScope scope = engine.scope("")) {
            try {
                step(scope, steps, evicting ? evictor.policy() : SavedTensorPolicy.keep(), values);
            } catch (MemoryBudgetException e) {
                refusal = e.getMessage();
            }
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isZero();
            return new Told(values, engine.ledger().peakBytes(), evictor.report(), refusal);
        }
    }

    private static void step(
            TensorScope scope, List<Step> steps, SavedTensorPolicy policy, Map<String, double[]> values) {
        try (TensorScope inputs = scope.child();
                Tape tape = Tape.builder(scope).policy(policy).build()) {
            Variable x = tape.leaf(random(inputs, SHAPE, 1));
            Variable weight = tape.leaf(random(inputs, Shape.of(6, 6), 2));
            Variable loss = loss(steps, x, weight);
            if (loss.value().hasValues()) {
                values.put("loss", loss.value().toDoubles());
            }
            try (Gradients none = tape.backward(loss)) {
                assertThat(none.parameters()).isEmpty();
            }
            for (Variable leaf : List.of(x, weight)) {
                Tensor gradient = tape.gradient(leaf);
                if (gradient != null && gradient.hasValues()) {
                    values.put(leaf == x ? "x" : "weight", gradient.toDoubles());
                }
            }
        }
    }

    private static Tensor random(TensorScope scope, Shape shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return scope.allocate(shape, DType.DOUBLE, MemoryKind.INPUT).fill(() -> random.nextDouble(-1, 1));
    }

    /** Values are let go as soon as they were read for the last time. */
    private static Variable loss(List<Step> steps, Variable x, Variable weight) {
        int[] last = new int[steps.size() + 1];
        for (int i = 0; i < steps.size(); i++) {
            last[steps.get(i).a()] = i;
            last[steps.get(i).b()] = i;
        }
        List<Variable> values = new ArrayList<>(List.of(x));
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            values.add(step.apply(values.get(step.a()), values.get(step.b()), weight));
            for (int read : step.a() == step.b() ? List.of(step.a()) : List.of(step.a(), step.b())) {
                if (read > 0 && last[read] == i) {
                    values.get(read).release();
                }
            }
            if (last[i + 1] == 0 && i + 1 < steps.size()) {
                values.get(i + 1).release();
            }
        }
        Variable result = values.get(steps.size());
        Variable square = Multiply.multiply(result, result);
        result.release();
        Variable loss = Sum.sum(square);
        square.release();
        return loss;
    }

    @Property(tries = 300)
    void completesWithEqualBitsOrRefuses(
            @ForAll @IntRange(min = 1, max = 60) int ops,
            @ForAll @IntRange(min = 1, max = 60) int reach,
            @ForAll long seed,
            @ForAll @DoubleRange(min = 0.1, max = 1) double part) {
        List<Step> steps = graph(ops, reach, seed);
        Told plain = run(steps, Engine.builder(), false);
        long budget = (long) (part * plain.peakBytes());
        Told told = run(steps, Engine.builder().memoryBudgetBytes(budget), true);
        assertThat(told.peakBytes()).isLessThanOrEqualTo(budget);
        if (told.refusal().isEmpty()) {
            assertThat(told.values().keySet()).isEqualTo(plain.values().keySet());
            plain.values()
                    .forEach((name, values) ->
                            assertThat(told.values().get(name)).as(name).containsExactly(values));
        } else {
            assertThat(told.refusal())
                    .startsWith("memory budget of " + budget + " bytes: ")
                    .contains("shrink the largest holders: ")
                    .containsPattern(
                            "of saved tensors that can be computed again \\d+ of \\d+ bytes are in use|live; raise");
        }
        Told predicted = run(steps, Engine.builder().memoryBudgetBytes(budget).withoutMemory(), true);
        assertThat(predicted.peakBytes()).isEqualTo(told.peakBytes());
        assertThat(predicted.report()).isEqualTo(told.report());
        assertThat(predicted.refusal()).isEqualTo(told.refusal());
        Told again = run(steps, Engine.builder().memoryBudgetBytes(budget), true);
        assertThat(again.report()).isEqualTo(told.report());
    }
}
