package org.backpropaganda.checkpointing.recompute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import net.jqwik.api.Example;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.TapeObserver;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.HeapCodec;
import org.backpropaganda.autograd.testkit.TestSeed;
import org.backpropaganda.autograd.testkit.random.AsPlain;
import org.backpropaganda.autograd.testkit.random.Candidate;
import org.backpropaganda.autograd.testkit.random.RandomModels;
import org.backpropaganda.checkpointing.Checkpoint;

/** Random models of which everything that may go is evicted after every op, alone and with what else there is. */
class EvictedModelsTest {
    private static final long BUDGET = 1 << 30;
    private static final int MODELS = 400;

    private final Evictor evictor = new Evictor();

    /** Evicts all there is by an allocation that never has room. */
    private static final class Pressure implements TapeObserver {
        @Override
        public void output(String op, String path, Tensor output, boolean replay) {
            press(output.engine());
        }

        @Override
        public void gradient(String op, String path, Tensor gradient) {
            press(gradient.engine());
        }

        private static void press(Engine engine) {
            try (TensorScope scope = engine.scope("")) {
                assertThatExceptionOfType(MemoryBudgetException.class)
                        .isThrownBy(() -> scope.allocate(Shape.of(BUDGET + 1), DType.BYTE));
            }
        }
    }

    private Candidate eviction(String name, SavedTensorPolicy policy) {
        return new Candidate() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public TapeBuilder onTape(TapeBuilder tape) {
                return tape.policy(evictor.over(policy)).observer(new Pressure());
            }

            @Override
            public boolean isPredicted() {
                return false;
            }

            @Override
            public String toString() {
                return name;
            }
        };
    }

    @Example
    void everyModelIsAsPlain() {
        SavedTensorPolicy someOnHeap = saving -> saving.spec().bytes() % 3 == 0
                ? new HeapCodec()
                : SavedTensorPolicy.keep().choose(saving);
        List<Candidate> techniques = List.of(
                Candidate.around("checkpoint", Checkpoint::checkpoint),
                eviction("evict", SavedTensorPolicy.keep()),
                eviction("evict and heap", someOnHeap));
        try (Engine engine =
                Engine.builder().threads(1).memoryBudgetBytes(BUDGET).build()) {
            RandomModels.of(techniques.toArray(Candidate[]::new))
                    .sample(MODELS, TestSeed.get())
                    .forEach(model -> AsPlain.check(engine, model));
        }
        assertThat(evictor.report().rematerializations()).isGreaterThan(MODELS);
    }
}
