package org.backpropaganda.checkpointing.compress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Gelu;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.op.Pow;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Models whose saved tensors are large enough to be packed, and a step of them. */
final class Steps {
    static final int WIDTH = 16;

    private Steps() {}

    static Module block(ParameterFactory factory) {
        return new Residual(new Sequential(
                new Linear(factory, WIDTH, WIDTH, true),
                new LayerNorm(factory, WIDTH),
                new Activation(Gelu::gelu),
                new Dropout(0.2)));
    }

    static Module blocks(ParameterFactory factory, int count, Function<Module, Module> wrapped) {
        Module[] all = new Module[count];
        for (int i = 0; i < count; i++) {
            all[i] = wrapped.apply(block(factory));
        }
        return new Sequential(all);
    }

    static Module images(ParameterFactory factory) {
        return new Sequential(
                new Conv2d(factory, WIDTH, WIDTH, Window.square(3, 1, 1), false),
                BatchNorm.withRelu(factory, WIDTH),
                new Conv2d(factory, WIDTH, WIDTH, Window.square(3, 1, 1), false),
                new BatchNorm(factory, WIDTH),
                Activation.relu(),
                new Conv2d(factory, WIDTH, WIDTH, Window.square(3, 1, 1), false));
    }

    static Tensor input(TensorScope scope, DType dtype, long... dims) {
        Tensor x = scope.allocate(Shape.of(dims), dtype, MemoryKind.INPUT);
        return x.set(new SplittableRandom(2).doubles(x.elements(), -2, 2).toArray());
    }

    static Variable loss(Variable y) {
        return Mean.mean(Pow.pow(y, 2));
    }

    /** Gradients of a model made anew, under a policy; nothing of the step is left. */
    static Map<String, double[]> gradients(
            Function<ParameterFactory, Module> make, SavedTensorPolicy policy, DType dtype, int threads, long... dims) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope root = engine.scope("")) {
            Module model = make.apply(new ParameterFactory(root, dtype, 4));
            try (TensorScope scope = root.child();
                    Tape tape = Tape.builder(scope).seed(7).policy(policy).build()) {
                Variable loss = loss(model.call(tape.constant(input(scope, dtype, dims))));
                try (Gradients gradients = tape.backward(loss)) {
                    assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
                    return GradientComparison.snapshot(gradients);
                }
            }
        }
    }
}
