package org.backpropaganda.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerStateTest {
    static List<OptimizerKind> kinds() {
        return OptimizerKind.all().toList();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anotherOptimizerGoesOnWithIt(OptimizerKind kind) {
        try (Training training = new Training(DType.DOUBLE)) {
            Parameter p = training.parameter("p", 1, 2);
            Parameter idle = training.parameter("idle", 1);
            Parameter q = training.parameter("q", 1, 2);
            Optimizer first = kind.build().apply(List.of(p, idle), training.root);
            training.step(first, p, 1, -1);
            training.step(first, p, 2, 1);
            OptimizerState state = first.state();
            assertThat(state.slots().keySet()).containsExactly(p, idle);
            assertThat(state.slots().get(idle)).isEqualTo(new OptimizerState.Slot(0, kind.tensors(), List.of()));
            assertThat(state.slots().get(p).steps()).isEqualTo(2);

            Optimizer second = kind.build().apply(List.of(q, idle), training.root);
            training.step(second, Map.of(q, new double[] {3, 3}, idle, new double[] {3}));
            second.resume(Map.of(q, 2L));
            OptimizerState resumed = second.state();
            assertThat(resumed.optimizer()).isEqualTo(state.optimizer());
            assertThat(resumed.slots().get(idle)).isEqualTo(state.slots().get(idle));
            for (int i = 0; i < kind.tensors(); i++) {
                resumed.slots()
                        .get(q)
                        .tensors()
                        .get(i)
                        .copyFrom(state.slots().get(p).tensors().get(i));
            }
            q.value().copyFrom(p.value());
            training.step(first, p, 0.5, 4);
            training.step(second, q, 0.5, 4);
            assertThat(q.value().toDoubles()).isEqualTo(p.value().toDoubles());
            assertThat(training.engine.ledger().liveBytes(MemoryKind.OPTIMIZER))
                    .isEqualTo(first.stateBytes() + second.stateBytes());
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void refusesWhatIsNotItsOwn(OptimizerKind kind) {
        try (Training training = new Training(DType.FLOAT)) {
            Parameter p = training.parameter("p", 1);
            Parameter other = training.parameter("other", 1);
            Optimizer optimizer = kind.build().apply(List.of(p), training.root);
            training.step(optimizer, p, 1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> optimizer.resume(Map.of(other, 1L)))
                    .withMessageContaining("other");
            assertThatIllegalArgumentException().isThrownBy(() -> optimizer.resume(Map.of(p, 0L)));
            assertThatIllegalArgumentException().isThrownBy(() -> optimizer.reserve(List.of(other)));
            assertThat(optimizer.state().slots().get(p).steps()).isEqualTo(1);
            optimizer.close();
            assertThatIllegalStateException().isThrownBy(optimizer::state).withMessageContaining("after close");
        }
    }
}
