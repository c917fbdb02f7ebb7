package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Exp;
import org.backpropaganda.autograd.op.Gelu;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How values are made from what is kept: in which order, in how many bytes, how often. */
class RecipeTest {
    private static final int ELEMENTS = 1024;
    private static final long BYTES = 4 * ELEMENTS;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("");
    private final List<String> ranAgain = new ArrayList<>();
    private final TapeObserver observer = new TapeObserver() {
        @Override
        public void applied(Op op, Operands inputs, TensorSpec output, String path, boolean replay) {
            if (replay) {
                ranAgain.add(op.name());
            }
        }
    };

    @AfterEach
    void close() {
        engine.close();
    }

    private static SavedTensorPolicy cheap(boolean once) {
        ByRecipeCodec codec = new ByRecipeCodec(once);
        return saving -> saving.recipe() != null && saving.recipe().isMadeBy(Op::isCheap, Recipe.DEEPEST)
                ? codec
                : SavedTensorCodec.keep();
    }

    private Tape tape(SavedTensorPolicy policy) {
        return Tape.builder(scope).policy(policy).observer(observer).build();
    }

    private Tensor random() {
        Tensor x = scope.allocate(Shape.of(ELEMENTS), DType.FLOAT, MemoryKind.INPUT);
        return x.set(new SplittableRandom(2).doubles(ELEMENTS, -1, 1).toArray());
    }

    /** Has the tape keep a value. */
    private static Variable kept(Variable x) {
        Exp.exp(x).release();
        Multiply.multiply(x, x).release();
        return x;
    }

    private long live(MemoryKind kind) {
        return engine.ledger().liveBytes(kind);
    }

    /** What is between two ops is freed as the second has run, and an op that works in place does. */
    @Test
    void aChainTakesTwoTensorsAndOneInPlace() {
        for (boolean inPlace : List.of(false, true)) {
            try (Tape tape = tape(SavedTensorPolicy.keep())) {
                Variable x = kept(tape.leaf(random()));
                Variable y = x;
                for (int i = 0; i < 5; i++) {
                    y = tape.apply(new Relu(inPlace), i == 0 ? Scale.scale(y, 2, 0.5) : y);
                }
                Recipe recipe = y.provenance().recipe();
                assertThat(recipe.depth()).isEqualTo(6);
                Recipe.Held held = recipe.hold();
                assertThat(held.ops()).isEqualTo(6);
                long before = engine.ledger().liveBytes();
                engine.resetPeaks();
                Tensor again = held.make(scope);
                assertThat(again.toDoubles()).isEqualTo(y.value().toDoubles());
                assertThat(engine.ledger().liveBytes() - before).isEqualTo(BYTES);
                assertThat(engine.ledger().peakBytes() - before).isEqualTo(inPlace ? BYTES : 2 * BYTES);
                held.release();
                again.close();
            }
        }
    }

    /** A sum's second input is made first, which is the deeper one: the first does not lie there meanwhile. */
    @Test
    void whatIsFurthestIsMadeFirst() {
        try (Tape tape = tape(SavedTensorPolicy.keep())) {
            Variable x = kept(tape.leaf(random()));
            Variable deep = Scale.scale(Scale.scale(Scale.scale(x, 2, 0), 3, 0), 0.5, 1);
            Variable sum = Add.addInPlace(Gelu.gelu(x), deep);
            Recipe.Held held = sum.provenance().recipe().hold();
            long before = engine.ledger().liveBytes();
            engine.resetPeaks();
            Tensor again = held.make(scope);
            assertThat(ranAgain).containsExactly("scale", "scale", "scale", "gelu", "add");
            assertThat(again.toDoubles()).isEqualTo(sum.value().toDoubles());
            assertThat(engine.ledger().peakBytes() - before).isEqualTo(2 * BYTES);
            held.release();
        }
    }

    @Test
    void whatIsReadTwiceIsMadeOnce() {
        try (Tape tape = tape(SavedTensorPolicy.keep())) {
            Variable x = kept(tape.leaf(random()));
            Variable y = x;
            for (int i = 0; i < 40; i++) {
                y = Scale.scale(Add.add(y, y), 0.5, 0);
            }
            Recipe.Held held = y.provenance().recipe().hold();
            assertThat(held.depth()).isEqualTo(80);
            Tensor again = held.make(scope);
            assertThat(ranAgain).hasSize(80);
            assertThat(again.toDoubles()).isEqualTo(y.value().toDoubles());
            held.release();
        }
    }

    /** y = a + b backwards, in the bytes of a: of x and x, half of x would be gone before it is read. */
    @Test
    void anInputInTwoPlacesIsNotOverwritten() {
        try (Tape tape = tape(SavedTensorPolicy.keep())) {
            Variable x = kept(tape.leaf(random()));
            Variable scaled = Scale.scale(x, 3, 0);
            Variable folded = tape.apply(new Folded(), scaled, scaled);
            Recipe.Held held = folded.provenance().recipe().hold();
            assertThat(held.make(scope).toDoubles()).isEqualTo(folded.value().toDoubles());
            held.release();
        }
    }

    private record Folded() implements Op {
        @Override
        public TensorSpec infer(List<TensorSpec> inputs) {
            return inputs.get(0);
        }

        @Override
        public Saves saves(Operands operands) {
            return Saves.none();
        }

        @Override
        public int overwrites() {
            return 0;
        }

        @Override
        public void forward(ForwardCall call) {
            for (int i = 0; i < ELEMENTS; i++) {
                double back = call.input(1).toDoubles()[ELEMENTS - 1 - i];
                double[] sums = call.input(0).toDoubles();
                double[] results = call.output().toDoubles();
                results[i] = sums[i] + back;
                call.output().set(results);
            }
        }

        @Override
        public void vjp(BackwardCall call) {
            call.pass(0);
        }
    }

    /** exp keeps its output e; 2e, 4e and 8e are made; a view is no op. */
    @Test
    void depthCountsThroughWhatIsKeptByRecipe() {
        List<Integer> depths = new ArrayList<>();
        SavedTensorPolicy policy = cheap(true);
        SavedTensorPolicy seeing = saving -> {
            depths.add(saving.recipe() == null ? -1 : saving.recipe().depth());
            return policy.choose(saving);
        };
        try (Tape tape = tape(seeing)) {
            Variable e = Exp.exp(tape.leaf(random()));
            Variable two = Scale.scale(e, 2, 0);
            Variable a = Multiply.multiply(two, two);
            Variable four = Reshape.reshape(Scale.scale(two, 2, 0), 2, -1);
            Variable b = Multiply.multiply(four, four);
            Variable eight = Scale.scale(four, 2, 0);
            Variable c = Multiply.multiply(eight, eight);
            Variable sum = Add.add(a, Reshape.reshape(Add.add(b, c), -1));
            assertThat(depths).containsExactly(-1, 1, 1, 2, 2, 3, 3);
            assertThat(live(MemoryKind.ACTIVATION)).isEqualTo(BYTES);
            tape.backward(Sum.sum(sum)).close();
            assertThat(live(MemoryKind.ACTIVATION)).isZero();
        }
        assertThat(ranAgain)
                .as("8e from e; then 4e, then 2e, each once for two readers")
                .containsExactly("scale", "scale", "scale", "scale", "scale", "scale");
    }

    /** e² and e³ read 2e: it is made by the one that comes first, shared with the other, and gone after it. */
    @Test
    void severalReadersShareWhatIsMadeOnce() {
        for (boolean once : List.of(true, false)) {
            ranAgain.clear();
            List<Long> held = new ArrayList<>();
            TapeObserver ledger = new TapeObserver() {
                @Override
                public void applied(Op op, Operands inputs, TensorSpec output, String path, boolean replay) {
                    observer.applied(op, inputs, output, path, replay);
                }

                @Override
                public void gradient(String op, String path, Tensor gradient) {
                    if (op.equals("multiply")) {
                        held.add(live(MemoryKind.ACTIVATION) / BYTES);
                    }
                }
            };
            try (Tape tape =
                    Tape.builder(scope).policy(cheap(once)).observer(ledger).build()) {
                Variable e = Exp.exp(tape.leaf(random()));
                Variable two = Scale.scale(e, 2, 0);
                Variable other = tape.leaf(random());
                Variable a = Multiply.multiply(two, other);
                Variable b = Multiply.multiply(two, other);
                Variable c = Multiply.multiply(two, other);
                two.release();
                tape.backward(Sum.sum(Add.add(a, Add.add(b, c)))).close();
                assertThat(live(MemoryKind.ACTIVATION)).isZero();
            }
            assertThat(ranAgain).hasSize(once ? 1 : 3);
            assertThat(held).as("e, and what is shared").isEqualTo(once ? List.of(1L, 2L, 2L) : List.of(1L, 1L, 1L));
        }
    }

    @Test
    void whatIsKeptItselfIsKnown() {
        List<Boolean> kept = new ArrayList<>();
        SavedTensorPolicy seeing = saving -> {
            if (saving.recipe() != null) {
                kept.add(saving.recipe().isKept());
            }
            return SavedTensorCodec.keep();
        };
        try (Tape tape = tape(seeing)) {
            Variable y = Scale.scale(tape.leaf(random()), 2, 0);
            Multiply.multiply(y, y);
        }
        assertThat(kept).containsExactly(false, true);
    }

    @Test
    void theLastReaderHasTheTensorForItself() {
        List<Boolean> exclusive = new ArrayList<>();
        Op looking = new Looking(exclusive);
        try (Tape tape = tape(cheap(true))) {
            Variable y = Scale.scale(Exp.exp(tape.leaf(random())), 2, 0);
            Variable a = tape.apply(looking, y);
            Variable b = tape.apply(looking, y);
            y.release();
            tape.backward(Sum.sum(Add.add(a, b))).close();
        }
        assertThat(exclusive).containsExactly(false, true);
    }

    /** y = x, which tells in backward whether it alone holds x. */
    private record Looking(List<Boolean> exclusive) implements Op {
        @Override
        public TensorSpec infer(List<TensorSpec> inputs) {
            return inputs.get(0);
        }

        @Override
        public Saves saves(Operands operands) {
            return Saves.none().input(0);
        }

        @Override
        public void forward(ForwardCall call) {
            call.output().copyFrom(call.input(0));
        }

        @Override
        public void vjp(BackwardCall call) {
            exclusive.add(call.input(0).isExclusive());
            call.pass(0);
        }
    }

    @Test
    void whatAnOpReleasesIsGoneBeforeItsBackwardEnds() {
        List<Long> live = new ArrayList<>();
        Op releasing = new Releasing(live, () -> engine.ledger().liveBytes());
        try (Tape tape = tape(cheap(true))) {
            Variable y = Scale.scale(Exp.exp(tape.leaf(random())), 2, 0);
            Variable z = tape.apply(releasing, y);
            y.release();
            tape.backward(Sum.sum(z)).close();
        }
        assertThat(live.get(0) - live.get(1)).isEqualTo(BYTES);
    }

    private record Releasing(List<Long> live, LongSupplier bytes) implements Op {
        @Override
        public TensorSpec infer(List<TensorSpec> inputs) {
            return inputs.get(0);
        }

        @Override
        public Saves saves(Operands operands) {
            return Saves.none().input(0);
        }

        @Override
        public void forward(ForwardCall call) {
            call.output().copyFrom(call.input(0));
        }

        @Override
        public void vjp(BackwardCall call) {
            live.add(bytes.getAsLong());
            call.release(0);
            live.add(bytes.getAsLong());
            assertThatIllegalStateException()
                    .isThrownBy(() -> call.input(0))
                    .withMessage("releasing backward: input 0 was not declared in saves(), or was released");
            call.pass(0);
        }
    }

    @Test
    void moreOpsThanAnyoneWouldRunAreNoRecipe() {
        try (Tape tape = tape(SavedTensorPolicy.keep())) {
            Variable y = kept(tape.leaf(random()));
            for (int i = 0; i < Recipe.DEEPEST; i++) {
                y = Scale.scale(y, 1, 0);
            }
            assertThat(y.provenance().recipe().depth()).isEqualTo(Recipe.DEEPEST);
            for (int i = 0; i < 100_000; i++) {
                y = tape.apply(new Relu(true), Scale.scale(y, 1, 0));
            }
            Recipe recipe = y.provenance().recipe();
            assertThat(recipe.depth()).isEqualTo(-1);
            assertThat(recipe.isMadeBy(Op::isCheap, 3)).isFalse();
            assertThatIllegalStateException().isThrownBy(recipe::hold).withMessageContaining("recipe: relu made");
        }
    }
}
