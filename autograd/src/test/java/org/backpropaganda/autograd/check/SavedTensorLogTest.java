package org.backpropaganda.autograd.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.LayerNorm;
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
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.RoundingCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SavedTensorLogTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 1);
    private final Module model = new Sequential(
            new Linear(factory, 3, 4, true),
            Activation.relu(),
            new Linear(factory, 4, 4, true),
            Activation.tanh(),
            new LayerNorm(factory, 4));
    private final SavedTensorPolicy rounding = SavedTensorPolicy.of(new RoundingCodec());

    @AfterEach
    void close() {
        root.close();
        engine.close();
    }

    private static List<String> told(SavedTensorLog log) {
        return log.entries().stream()
                .map(e ->
                        e.path() + " " + e.op() + " " + e.label() + " " + e.spec() + " " + e.codec() + " " + e.bytes())
                .toList();
    }

    /**
     * The input counts as such. Relu keeps one bit an element; what tanh gave has two readers, and is packed once.
     */
    @Test
    void everySavedTensorIsToldBeforeAnythingRuns() {
        List<TensorSpec> inputs = List.of(new TensorSpec(Shape.of(2, 3), DType.FLOAT));
        assertThat(told(SavedTensorLog.of(model, inputs, tape -> {})))
                .containsExactly(
                        "0 linear input 0 FLOAT[2, 3] keep 0",
                        "1 relu signs BIT[2, 4] keep 1",
                        "2 linear input 0 FLOAT[2, 4] keep 32",
                        "3 tanh output FLOAT[2, 4] keep 32",
                        "4 layernorm input 0 FLOAT[2, 4] keep 0",
                        "4 layernorm mean FLOAT[2] keep 8",
                        "4 layernorm variance FLOAT[2] keep 8");
        SavedTensorLog rounded = SavedTensorLog.of(model, inputs, tape -> tape.policy(rounding));
        assertThat(told(rounded))
                .contains(
                        "1 relu signs BIT[2, 4] keep 1",
                        "3 tanh output FLOAT[2, 4] rounding to 16 bits 16",
                        "4 layernorm input 0 FLOAT[2, 4] rounding to 16 bits 0");
        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
    }

    @Test
    void theBytesAreThoseOfTheLedgerAndTheSumOfTheTable() {
        SavedTensorLog log = new SavedTensorLog();
        try (TensorScope step = root.child();
                Tape tape = Tape.builder(step).policy(rounding).observer(log).build()) {
            Tensor x =
                    step.allocate(Shape.of(2, 3), DType.FLOAT, MemoryKind.INPUT).fill(1);
            Variable loss = Ops.sum(model.call(tape.constant(x)));
            assertThat(log.bytes()).isEqualTo(engine.ledger().liveBytes(MemoryKind.ACTIVATION));
            tape.backward(loss).close();
        }
        assertThat(told(log))
                .isEqualTo(told(SavedTensorLog.of(
                        model, List.of(new TensorSpec(Shape.of(2, 3), DType.FLOAT)), tape -> tape.policy(rounding))));
        assertThat(log.toString().lines())
                .contains("path   op         saved     tensor       bytes  by")
                .contains("3      tanh       output    FLOAT[2, 4]     16  rounding to 16 bits")
                .last()
                .asString()
                .matches("total +" + log.bytes());
    }
}
