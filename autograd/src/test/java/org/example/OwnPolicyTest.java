package org.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.op.Ops.mean;
import static org.backpropaganda.autograd.op.Ops.square;

import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** A policy for saved tensors, as a user adds one: a codec and the condition under which it is chosen. */
class OwnPolicyTest {

    /** Keeps doubles as floats, in half the bytes. */
    private record AsFloat() implements SavedTensorCodec {
        @Override
        public String name() {
            return "as float";
        }

        @Override
        public boolean isExact() {
            return false;
        }

        @Override
        public Packed pack(Saving saving, TensorScope leases) {
            Tensor packed = converted(saving.tensor(), leases, DType.FLOAT);
            return new Packed() {
                @Override
                public Tensor unpack(TensorScope scope) {
                    return converted(packed, scope, DType.DOUBLE);
                }

                @Override
                public void discard() {
                    packed.close();
                }
            };
        }

        private static Tensor converted(Tensor tensor, TensorScope scope, DType dtype) {
            Tensor converted = scope.allocate(tensor.shape(), dtype);
            return tensor.hasValues() ? converted.set(tensor.toDoubles()) : converted;
        }
    }

    private static Map<String, double[]> step(TensorScope root, Module model, SavedTensorPolicy policy, long held) {
        Tensor x = root.allocate(Shape.of(4, 3), DType.DOUBLE, MemoryKind.INPUT);
        x.set(new SplittableRandom(1).doubles(x.elements(), -1, 1).toArray());
        try (Tape tape = Tape.builder(root).policy(policy).build();
                Gradients gradients = tape.gradients()) {
            var loss = mean(square(model.call(tape.constant(x))));
            assertThat(root.engine().ledger().liveBytes(MemoryKind.ACTIVATION)).isEqualTo(held);
            tape.backward(loss);
            return GradientComparison.snapshot(gradients);
        }
    }

    /** tanh and the square keep [4, 3] of eight bytes each; as floats, one of them takes half. */
    @Test
    void aCodecForTheActivationsOfOneOp() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);
            Module model = new Sequential(new Linear(factory, 3, 3, true), Activation.tanh());
            SavedTensorPolicy policy =
                    SavedTensorPolicy.keep().with(saving -> saving.op().equals("tanh"), new AsFloat());
            Map<String, double[]> kept = step(root, model, SavedTensorPolicy.keep(), 96);
            Map<String, double[]> packed = step(root, model, policy, 96 + 48);
            kept.forEach((name, values) -> {
                assertThat(packed.get(name)).isNotEqualTo(values);
                assertThat(packed.get(name)[0])
                        .isCloseTo(values[0], org.assertj.core.api.Assertions.withinPercentage(1e-3));
            });
        }
    }
}
