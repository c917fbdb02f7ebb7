package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Exp;
import org.backpropaganda.autograd.op.MeanSquaredError;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Sigmoid;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.HeapCodec;
import org.backpropaganda.autograd.testkit.RoundingCodec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a policy is told, and what becomes of what it packs. */
class SavingTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("");
    private final List<Saving> seen = new ArrayList<>();

    @AfterEach
    void close() {
        engine.close();
    }

    private SavedTensorPolicy seeing(SavedTensorPolicy policy) {
        return saving -> {
            seen.add(saving);
            return policy.choose(saving);
        };
    }

    private Tensor random(DType dtype, long... shape) {
        Tensor x = scope.allocate(Shape.of(shape), dtype, MemoryKind.INPUT);
        return x.set(new SplittableRandom(2).doubles(x.elements(), -1, 1).toArray());
    }

    private List<String> told() {
        return seen.stream()
                .map(s -> s.op() + " " + s.path() + " " + s.label() + " " + s.spec() + (s.isExact() ? " exact" : ""))
                .toList();
    }

    @Test
    void everythingThatOpsSavePassesItExtrasToo() {
        ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, 1);
        Module model =
                new Sequential(new Linear(factory, 3, 4, true), new Activation(Relu::relu), new LayerNorm(factory, 4));
        try (Tape tape =
                Tape.builder(scope).policy(seeing(SavedTensorPolicy.keep())).build()) {
            Variable y = model.call(tape.leaf(random(DType.FLOAT, 2, 3)));
            Variable target = tape.constant(random(DType.FLOAT, 2, 4));
            tape.backward(MeanSquaredError.meanSquaredError(y, target)).close();
        }
        assertThat(told())
                .containsExactly(
                        "linear 0 input 0 FLOAT[2, 3]",
                        "relu 1 signs BIT[2, 4] exact",
                        "layernorm 2 input 0 FLOAT[2, 4]",
                        "layernorm 2 mean FLOAT[2]",
                        "layernorm 2 variance FLOAT[2]",
                        "meanSquaredError  difference FLOAT[2, 4]");
        assertThat(seen).noneMatch(Saving::isReplay);
        assertThat(seen.get(0).key()).isNotEqualTo(seen.get(1).key());
    }

    @Test
    void anOpIsToldAsReaderAndASegmentIsNot() {
        Module model = new Recomputed(new Sequential(new Activation(Sigmoid::sigmoid)));
        try (Tape tape =
                Tape.builder(scope).policy(seeing(SavedTensorPolicy.keep())).build()) {
            tape.backward(Sum.sum(model.call(tape.leaf(random(DType.DOUBLE, 3)))))
                    .close();
        }
        assertThat(seen).hasSize(2);
        assertThat(seen.get(0).reader()).isNull();
        assertThat(seen.get(1).reader()).isEqualTo(new Sigmoid());
    }

    @Test
    void aRecipeGivesTheValuesOfParametersAlone() {
        Linear linear = new Linear(new ParameterFactory(scope, DType.DOUBLE, 1), 3, 4, true);
        List<@Nullable Tensor> parameters = new ArrayList<>();
        SavedTensorPolicy looking = saving -> {
            Recipe recipe = saving.recipe();
            if (recipe != null && recipe.op().name().equals("linear")) {
                recipe.sources().forEach(source -> parameters.add(source.parameter()));
            }
            return SavedTensorCodec.keep();
        };
        try (Tape tape = Tape.builder(scope).policy(looking).build()) {
            Variable y = linear.call(tape.leaf(random(DType.DOUBLE, 2, 3)));
            tape.backward(Sum.sum(Exp.exp(Multiply.multiply(y, tape.leaf(random(DType.DOUBLE, 2, 4))))))
                    .close();
        }
        assertThat(parameters)
                .containsExactly(
                        null,
                        linear.weight().value(),
                        linear.parameters().get("bias").value());
    }

    @Test
    void aReplaySaysSoUnderTheKeysOfTheFirstRun() {
        Module sigmoid = new Activation(Sigmoid::sigmoid);
        List<Long> keys = new ArrayList<>();
        for (Module model : List.of(new Sequential(sigmoid), new Recomputed(new Sequential(sigmoid)))) {
            seen.clear();
            try (Tape tape = Tape.builder(scope)
                    .seed(3)
                    .policy(seeing(SavedTensorPolicy.keep()))
                    .build()) {
                tape.backward(Sum.sum(model.call(tape.leaf(random(DType.DOUBLE, 3)))))
                        .close();
            }
            Saving output = seen.get(seen.size() - 1);
            assertThat(output.op()).isEqualTo("sigmoid");
            assertThat(output.isReplay()).isEqualTo(model instanceof Recomputed);
            keys.add(output.key());
        }
        assertThat(keys.get(0)).isEqualTo(keys.get(1));
    }

    /** exp keeps its output, the product both its inputs, of which one is that, the other a view of it. */
    @Test
    void aTensorWithSeveralReadersIsPackedOnce() {
        long packed = 4 * 4;
        try (Tape tape = Tape.builder(scope)
                .policy(SavedTensorPolicy.of(new RoundingCodec()))
                .build()) {
            Variable x = tape.leaf(
                    scope.allocate(Shape.of(8), DType.DOUBLE, MemoryKind.INPUT).zero());
            Variable e = Exp.exp(x);
            Variable view = Reshape.reshape(e, 8);
            Variable square = Multiply.multiply(e, view);
            Variable folded = Reshape.reshape(e, 2, 4);
            Variable cube = Multiply.multiply(Reshape.reshape(square, 2, 4), folded);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION))
                    .as("e and its square, two bytes an element")
                    .isEqualTo(2 * packed);
            tape.backward(Sum.sum(cube)).close();
            assertThat(tape.gradient(x).toDoubles()).containsOnly(3);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
        }
    }

    @Test
    void whatMustStayExactRefusesACodecThatLosesBits() {
        SavedTensorPolicy careless = saving -> new RoundingCodec();
        try (Tape tape = Tape.builder(scope).policy(careless).build()) {
            Variable x = tape.leaf(random(DType.DOUBLE, 3));
            assertThatIllegalStateException()
                    .isThrownBy(() -> Relu.relu(x))
                    .withMessage("relu backward: saved signs BIT[3] must come back bit for bit, and rounding to 16 bits"
                            + " loses bits; keep what is exact, as SavedTensorPolicy.of does");
        }
    }

    /** 1 + 2⁻⁹ lies between two neighbours of 8 bits, nearer to 1; 1 + 3·2⁻⁸ in the middle, and 1 + 2⁻⁶ is even. */
    @Test
    void roundingIsToTheNearestAndToEven() {
        double[] values = {1 + Math.scalb(1.0, -9), 1 + 3 * Math.scalb(1.0, -8), -0.0, 1e30, 3.0};
        double[] rounded = {1, 1 + Math.scalb(1.0, -6), -0.0, Float.intBitsToFloat(0x714A << 16), 3};
        try (Tape tape = Tape.builder(scope)
                .policy(SavedTensorPolicy.of(new RoundingCodec()))
                .build()) {
            Variable x = tape.leaf(scope.allocate(Shape.of(5), DType.DOUBLE).set(values));
            Variable one = tape.leaf(scope.allocate(Shape.of(5), DType.DOUBLE).fill(1));
            tape.backward(Sum.sum(Multiply.multiply(x, one))).close();
            assertThat(tape.gradient(one).toDoubles()).containsExactly(rounded);
        }
    }

    @Test
    void aPartOfTheModelHasAPolicyOfItsOwn() {
        ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, 1);
        Linear inner = new Linear(factory, 3, 3, true);
        Module packed = new Sequential(new Linear(factory, 3, 3, true), inner);
        for (Module part : List.of(packed, new Recomputed(packed))) {
            Module model = new Sequential(new Linear(factory, 3, 3, true), part, new Linear(factory, 3, 3, true));
            List<String> heap = new ArrayList<>();
            SavedTensorCodec codec = new HeapCodec();
            try (Tape tape = Tape.builder(scope)
                    .policy(packed, saving -> {
                        heap.add(saving.path());
                        return codec;
                    })
                    .policy(inner, SavedTensorPolicy.keep())
                    .build()) {
                tape.backward(Sum.sum(model.call(tape.leaf(random(DType.FLOAT, 2, 3)))))
                        .close();
            }
            assertThat(heap).as(part.getClass().getSimpleName()).containsExactly("1.0");
        }
    }

    /** relu(scale(x)): the scale's output is made from x, which tanh keeps as its own output. */
    @Test
    void aRecipeMakesTheBitsAgain() {
        List<Integer> depths = new ArrayList<>();
        SavedTensorPolicy cheap = saving -> {
            Recipe recipe = saving.recipe();
            boolean made = recipe != null && recipe.op() instanceof Scale && recipe.depth() > 0;
            if (recipe != null) {
                depths.add(recipe.depth());
            }
            return made ? new ByRecipeCodec(false) : SavedTensorCodec.keep();
        };
        Tensor given = random(DType.FLOAT, 7);
        double[] plain = recipeStep(SavedTensorPolicy.keep(), given, 3 * 28);
        double[] again = recipeStep(cheap, given, 28);
        assertThat(again).isEqualTo(plain);
        assertThat(depths)
                .as("tanh of an input that nobody keeps; twice from what is kept")
                .contains(-1, 1, 2);
    }

    /** What a codec has rounded would be made again from other bits; what a backward has freed cannot be read any more. */
    @Test
    void aRecipeStartsFromWhatIsThereToTheBit() {
        List<Integer> depths = new ArrayList<>();
        SavedTensorPolicy policy = saving -> {
            if (saving.recipe() != null && saving.recipe().op() instanceof Scale) {
                depths.add(saving.recipe().depth());
            }
            return saving.op().equals("tanh") ? new RoundingCodec() : SavedTensorCodec.keep();
        };
        try (Tape tape = Tape.builder(scope).policy(policy).build()) {
            Variable rounded = Scale.scale(Tanh.tanh(tape.leaf(random(DType.DOUBLE, 3))), 2, 0);
            Multiply.multiply(rounded, rounded);
            Variable given = tape.constant(random(DType.DOUBLE, 3));
            Variable w = tape.leaf(random(DType.DOUBLE, 3));
            Variable loss = Sum.sum(Multiply.multiply(given, w));
            Variable kept = Scale.scale(given, 2, 0);
            Multiply.multiply(kept, w);
            tape.backward(loss).close();
            Variable later = Scale.scale(given, 3, 0);
            Multiply.multiply(later, tape.leaf(random(DType.DOUBLE, 3)));
        }
        assertThat(depths).as("rounded, twice; kept; freed").containsExactly(-1, -1, 1, -1);
    }

    private double[] recipeStep(SavedTensorPolicy policy, Tensor given, long held) {
        try (Tape tape = Tape.builder(scope).policy(policy).build()) {
            Variable x = tape.leaf(given);
            Variable t = Tanh.tanh(x);
            Variable once = Scale.scale(t, 3, 0.5);
            Variable twice = Scale.scale(once, -2, 1);
            Variable loss = Sum.sum(Add.add(Multiply.multiply(twice, twice), Multiply.multiply(once, once)));
            for (Variable variable : List.of(t, once, twice)) {
                variable.release();
            }
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isEqualTo(held);
            try (Gradients gradients = tape.backward(loss)) {
                assertThat(GradientComparison.snapshot(gradients)).isEmpty();
            }
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            return tape.gradient(x).toDoubles();
        }
    }
}
