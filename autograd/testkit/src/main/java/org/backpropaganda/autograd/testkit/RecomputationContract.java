package org.backpropaganda.autograd.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Recipe;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The laws of computing an op's output again. */
abstract class RecomputationContract extends SecondOrderContract {

    @TestFactory
    final Stream<DynamicTest> isComputedAgainBitForBit() {
        return law(cases(), (opCase, dtype) -> {
            assertMadeAgain(opCase, dtype, true);
            assertMadeAgain(opCase, dtype, false);
        });
    }

    @TestFactory
    final Stream<DynamicTest> recallsExtrasOfItsOwn() {
        return law(cases(), (opCase, dtype) -> {
            try (OpTrial trial = trial(opCase, dtype)) {
                int extras = trial.saves().extras().size();
                assertThat(opCase.op().recalls())
                        .as("extras that it recalls, of %s", extras)
                        .allMatch(number -> number >= 0 && number < extras);
            }
        });
    }

    /**
     * Has the output made from inputs that are kept.
     *
     * @param recorded whether the op has kept what it may recall
     */
    private void assertMadeAgain(OpCase opCase, DType dtype, boolean recorded) {
        Engine engine = engine();
        @Nullable Recipe[] recipe = new Recipe[1];
        SavedTensorPolicy seeing = saving -> {
            recipe[0] = saving.recipe();
            return SavedTensorCodec.keep();
        };
        try (TensorScope scope = engine.scope("again");
                Tape tape =
                        Tape.builder(scope).seed(TestSeed.get()).policy(seeing).build()) {
            Variable differentiated = tape.leaf(scope.zeros(Shape.of(1), DType.DOUBLE, MemoryKind.INPUT));
            SplittableRandom random = new SplittableRandom(TestSeed.get());
            List<Variable> inputs = new ArrayList<>();
            for (Input input : opCase.inputs()) {
                Tensor drawn = input.draw(scope, dtype, random);
                boolean leaf = recorded && input.differentiable();
                Variable variable = leaf ? tape.leaf(drawn) : tape.constant(drawn);
                Keeping.keep(variable, differentiated);
                inputs.add(variable);
            }
            Variable output = tape.apply(opCase.op(), inputs.toArray(Variable[]::new));
            Keeping.keep(output, differentiated);
            Recipe last = recipe[0];
            assertThat(last).isNotNull();
            assertThat(last.op()).isEqualTo(opCase.op());
            assertThat(last.depth()).isEqualTo(opCase.op().isView() ? 0 : 1);
            Recipe.Held held = last.hold();
            long before = engine.ledger().liveBytes();
            Tensor again = held.make(scope);
            assertThat(again.spec()).isEqualTo(output.spec());
            assertThat(again.toDoubles())
                    .as("computed again")
                    .isEqualTo(output.value().toDoubles());
            again.close();
            assertThat(engine.ledger().liveBytes()).as("nothing is left").isEqualTo(before);
            held.release();
        }
    }
}
