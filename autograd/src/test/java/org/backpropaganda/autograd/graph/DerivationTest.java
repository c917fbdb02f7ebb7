package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.MatMul;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a recipe tells, and that no way is too long for it. */
class DerivationTest {
    private static final int SIZE = 8;
    private static final long BYTES = 8 * SIZE;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("");
    private final List<Recipe.Held> held = new ArrayList<>();
    private final List<Integer> depths = new ArrayList<>();

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor random(long... dims) {
        Tensor tensor = scope.allocate(Shape.of(dims), DType.DOUBLE, MemoryKind.INPUT);
        return tensor.fill(new SplittableRandom(3)::nextDouble);
    }

    /** Keeps everything, and holds the recipes of what {@code multiply} saves. */
    private SavedTensorPolicy holding() {
        return saving -> {
            Recipe recipe = saving.recipe();
            if (recipe != null && saving.op().equals("multiply")) {
                depths.add(recipe.depth());
                if (recipe.depth() > 0) {
                    held.add(recipe.hold());
                }
            }
            return SavedTensorCodec.keep();
        };
    }

    private Tape tape() {
        return Tape.builder(scope).policy(holding()).build();
    }

    /** 60 doublings: 2⁶⁰ ways lead from the result to what is kept, and each op runs once. */
    @Test
    void eachOpRunsOnceHoweverManyWaysLeadThroughIt() {
        try (Tape tape = tape()) {
            Variable x = Tanh.tanh(tape.leaf(random(SIZE)));
            Variable sum = x;
            for (int i = 0; i < 60; i++) {
                sum = Add.add(sum, sum);
            }
            Multiply.multiply(sum, sum);
            assertThat(depths).containsExactly(60, 60);
            Recipe.Held recipe = held.get(0);
            assertThat(recipe.ops()).isEqualTo(60);
            assertThat(recipe.multiplyAdds()).isZero();
            assertThat(recipe.touchedBytes()).isEqualTo(60 * 3 * BYTES);
            assertThat(recipe.make(scope).toDoubles()).isEqualTo(sum.value().toDoubles());
            held.forEach(Recipe.Held::release);
        }
    }

    /** Of a long way no more than two values are there at a time, and no stack ends it. */
    @Test
    void aLongWayTakesTwoValues() {
        try (Tape tape = tape()) {
            Variable x = Tanh.tanh(tape.leaf(random(SIZE)));
            Variable far = x;
            for (int i = 0; i < 1_000; i++) {
                Variable next = Scale.scale(far, 1.0001, 0);
                if (far != x) {
                    far.release();
                }
                far = next;
            }
            Multiply.multiply(far, far);
            assertThat(depths).containsExactly(1_000, 1_000);
            engine.resetPeaks();
            long live = engine.ledger().liveBytes();
            Tensor made = held.get(0).make(scope);
            assertThat(engine.ledger().peakBytes() - live).isEqualTo(2 * BYTES);
            assertThat(engine.ledger().liveBytes() - live).isEqualTo(BYTES);
            assertThat(made.toDoubles()).isEqualTo(far.value().toDoubles());
            held.forEach(Recipe.Held::release);
        }
    }

    @Test
    void tellsWhatItStartsFromAndWhatItTakes() {
        try (Tape tape = tape()) {
            Variable a = Tanh.tanh(tape.leaf(random(SIZE, SIZE)));
            Variable b = Tanh.tanh(tape.leaf(random(SIZE, 3)));
            Variable product = MatMul.matmul(a, b);
            Variable scaled = Scale.scale(product, 2, 0);
            Multiply.multiply(scaled, scaled);
            Recipe.Held recipe = held.get(0);
            assertThat(recipe.sources()).as("tanh keeps its outputs").hasSize(2);
            long bytes = 8 * (SIZE * SIZE + 3 * SIZE + 3 * SIZE) + 8 * 2 * 3 * SIZE;
            assertThat(recipe.ops()).isEqualTo(2);
            assertThat(recipe.multiplyAdds()).isEqualTo(SIZE * SIZE * 3);
            assertThat(recipe.touchedBytes()).isEqualTo(bytes);
            held.forEach(Recipe.Held::release);
        }
    }

    /** Bytes that come of a recipe are booked where the op ran. */
    @Test
    void valuesBelongToTheModuleThatMadeThem() {
        try (Tape tape = tape()) {
            Variable x = Tanh.tanh(tape.leaf(random(SIZE)));
            Variable y = Scale.scale(x, 2, 0);
            Multiply.multiply(y, y);
            tape.calls().bookedAt("block", () -> {
                Variable z = Scale.scale(x, 2, 0);
                Multiply.multiply(z, z);
            });
            try (TensorScope elsewhere = engine.scope("elsewhere")) {
                held.get(2).make(elsewhere);
                assertThat(engine.ledger().liveBytesByPath())
                        .containsKey("block")
                        .doesNotContainKey("elsewhere");
            }
            held.forEach(Recipe.Held::release);
        }
    }

    @Test
    void whatComesFromNowhereIsRefused() {
        List<Recipe> recipes = new ArrayList<>();
        SavedTensorPolicy policy = saving -> {
            if (saving.recipe() != null) {
                recipes.add(saving.recipe());
            }
            return SavedTensorCodec.keep();
        };
        try (Tape tape = Tape.builder(scope).policy(policy).build()) {
            Variable x = Scale.scale(tape.constant(random(SIZE)), 2, 0);
            Variable w = tape.leaf(random(SIZE));
            Sum.sum(Multiply.multiply(x, w));
            assertThat(recipes.get(0).depth()).isEqualTo(-1);
            assertThatIllegalStateException()
                    .isThrownBy(recipes.get(0)::hold)
                    .withMessage("recipe: scale made DOUBLE[8] from what is neither kept nor made by ops on the tape");
        }
    }
}
