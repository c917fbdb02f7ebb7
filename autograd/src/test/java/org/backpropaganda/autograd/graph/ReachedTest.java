package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a model calls or reads has to be a part of it, or it would be neither trained nor saved. */
class ReachedTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);

    @AfterEach
    void close() {
        root.close();
        engine.close();
    }

    /** Calls a module that it was given and that it did not register. */
    private static final class Caller extends UnaryModule {
        private final Module stranger;

        Caller(Module stranger) {
            this.stranger = stranger;
        }

        @Override
        protected Variable forward(Variable x) {
            return stranger.call(x);
        }
    }

    /** A buffer and no parameter. */
    private static final class Codebook extends UnaryModule {
        Codebook(TensorScope scope) {
            registerBuffer("codes", scope.zeros(Shape.of(2), DType.DOUBLE, MemoryKind.PARAMETER));
        }

        @Override
        protected Variable forward(Variable x) {
            return x;
        }
    }

    private void call(Module model) {
        for (boolean training : List.of(true, false)) {
            try (TensorScope step = root.child();
                    Tape tape = training ? Tape.training(step, 1) : Tape.inference(step)) {
                model.call(tape.constant(
                        step.allocate(Shape.of(2, 2), DType.DOUBLE).fill(1)));
            }
        }
    }

    private void assertRefused(Module model, String stranger) {
        assertThatThrownBy(() -> call(model))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Caller")
                .hasMessageContaining("calls " + stranger)
                .hasMessageContaining("registered nowhere in " + model.describe());
    }

    @Test
    void aModuleThatIsRegisteredNowhereIsRefused() {
        assertRefused(new Caller(new Linear(factory, 2, 2, true)), "Linear");
        assertRefused(new Sequential(new Caller(new Linear(factory, 2, 2, true))), "Linear");
        assertRefused(new Sequential(new Caller(new Sequential(new Linear(factory, 2, 2, true)))), "Sequential");
        assertRefused(new Sequential(new Caller(new Codebook(root))), "Codebook");
        assertRefused(new Recomputed(new Caller(new BatchNorm(factory, 2))), "BatchNorm");
    }

    @Test
    void aModuleThatIsRegisteredElsewhereInTheModelPasses() {
        Module shared = new Linear(factory, 2, 2, true);
        call(new Sequential(shared, new Caller(shared)));
        call(new Sequential(new Recomputed(shared), new Recomputed(new Caller(shared)), new Activation(Tanh::tanh)));
        call(new Sequential(new Sequential(new Caller(shared)), new Sequential(shared)));
    }

    @Test
    void aModuleWithoutStatePasses() {
        call(new Sequential(new Caller(Activation.tanh()), new Caller(new Dropout(0.5))));
    }

    @Test
    void aFrozenTeacherPassesWithItsStatistics() {
        Module teacher = new UnaryModule() {
            private final Parameter weight =
                    register("weight", Parameter.frozen(root.zeros(Shape.of(2), DType.DOUBLE, MemoryKind.PARAMETER)));

            {
                registerBuffer("statistics", root.zeros(Shape.of(2), DType.DOUBLE, MemoryKind.PARAMETER));
            }

            @Override
            protected Variable forward(Variable x) {
                return Multiply.multiply(x, x.tape().parameter(weight));
            }
        };
        call(new Sequential(new Caller(teacher)));
    }

    @Test
    void aLooseParameterIsRefusedInsideAModuleAndPassesOutside() {
        Parameter loose = factory.create(Shape.of(2), Initializer.ones());
        Module reader = new Activation(x -> Multiply.multiply(x, x.tape().parameter(loose)));
        for (Module model : List.of(reader, new Sequential(reader), new Recomputed(reader))) {
            assertThatThrownBy(() -> call(model))
                    .hasMessageContaining("parameter DOUBLE[2]")
                    .hasMessageContaining("registered nowhere in " + model.describe());
        }
        try (Tape tape = Tape.training(root, 1)) {
            Variable loss = Sum.sum(Tanh.tanh(tape.parameter(loose)));
            try (Gradients gradients = tape.backward(loss)) {
                assertThat(gradients.of(loose)).isNotNull();
            }
        }
    }

    /** A segment whose body calls a module of another part of the model: its gradients are complete only after it. */
    @Test
    void weightsOfAnotherPartAreHandedOverWhenTheirGradientIsComplete() {
        Module shared = new Linear(factory, 2, 2, false);
        double plain = firstOfGradient(new Sequential(shared, new Caller(shared)));
        double recomputed = firstOfGradient(new Sequential(new Recomputed(shared), new Recomputed(new Caller(shared))));
        assertThat(recomputed).isEqualTo(plain).isNotZero();
    }

    private double firstOfGradient(Module model) {
        List<Double> received = new ArrayList<>();
        try (TensorScope step = root.child();
                Gradients gradients = Gradients.handedOver(step, (parameter, gradient) -> {
                    received.add(gradient.toDoubles()[0]);
                    return true;
                });
                Tape tape = Tape.builder(step).gradients(gradients).build()) {
            Variable x = tape.leaf(step.allocate(Shape.of(2, 2), DType.DOUBLE).fill(0.5));
            Gradients same = tape.backward(Sum.sum(Tanh.tanh(model.call(x))));
            assertThat(same).isSameAs(gradients);
        }
        assertThat(received).hasSize(1);
        return received.get(0);
    }

    @Test
    void aSegmentThatKeptNothingForWeightsOfAnotherPartIsRefused() {
        Module shared = new Linear(factory, 2, 2, true);
        Module model = new Sequential(new Recomputed(new Caller(shared)), shared);
        assertThatThrownBy(() -> call(model))
                .hasMessageContaining("recomputed in 0: reads parameters that it does not declare")
                .hasMessageContaining("1.weight DOUBLE[2, 2]");
    }
}
