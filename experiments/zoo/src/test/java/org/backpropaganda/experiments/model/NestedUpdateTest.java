package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.Checkpoint;
import org.backpropaganda.reversible.AdditiveCoupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.backpropaganda.synthetic.DecoupledSequence;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.junit.jupiter.api.Test;

/** Updates during backward where segments nest, or are called twice, or drop what they computed again. */
class NestedUpdateTest {
    private static final int WIDTH = 4;

    private record Setup(List<Parameter> parameters, Function<Variable, Variable> forward) {}

    private static Module dense(ParameterFactory factory) {
        return new Sequential(new Linear(factory, WIDTH, WIDTH, true), Activation.tanh());
    }

    private static List<double[]> train(Function<ParameterFactory, Setup> make, boolean duringBackward) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            Setup setup = make.apply(new ParameterFactory(root, DType.FLOAT, 5));
            try (Optimizer optimizer = Sgd.builder(0.5).build(setup.parameters, root)) {
                for (int i = 0; i < 3; i++) {
                    step(setup, optimizer, duringBackward, root, i);
                }
            }
            return setup.parameters.stream()
                    .map(parameter -> parameter.value().toDoubles())
                    .toList();
        }
    }

    private static void step(Setup setup, Optimizer optimizer, boolean duringBackward, TensorScope root, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        try (TensorScope scope = root.child();
                Gradients gradients = duringBackward ? optimizer.duringBackward(scope) : new Gradients(scope);
                Tape tape = Tape.builder(scope).seed(seed).gradients(gradients).build()) {
            Tensor x = scope.allocate(Shape.of(3, WIDTH), DType.FLOAT).fill(() -> random.nextDouble(-1, 1));
            Tensor weights = scope.allocate(Shape.of(3, WIDTH), DType.FLOAT).fill(() -> random.nextDouble(-1, 1));
            Variable y = setup.forward.apply(tape.leaf(x));
            tape.backward(Sum.sum(Multiply.multiply(y, tape.constant(weights))));
            if (!duringBackward) {
                optimizer.step(gradients);
            }
        }
    }

    private static void assertSame(Function<ParameterFactory, Setup> make) {
        List<double[]> stepped = train(make, false);
        List<double[]> during = train(make, true);
        for (int i = 0; i < stepped.size(); i++) {
            assertThat(during.get(i)).as("parameter " + i).containsExactly(stepped.get(i));
        }
    }

    /** The predictors are no part of the module, but a replay reads them: they must not be updated before it. */
    @Test
    void predictorsInsideACheckpointWaitForTheReplay() {
        assertSame(factory -> {
            Module stem = dense(factory);
            DecoupledSequence decoupled = new DecoupledSequence(
                    List.of(dense(factory), dense(factory), dense(factory)),
                    List.of(new LinearPredictor(factory, WIDTH), new LinearPredictor(factory, WIDTH)));
            Module model = new Sequential(stem, Checkpoint.checkpoint(decoupled));
            List<Parameter> all = new ArrayList<>(model.parameterList());
            all.addAll(decoupled.predictorParameterList());
            return new Setup(all, model::call);
        });
    }

    @Test
    void theSameInTwoCalls() {
        assertSame(factory -> {
            DecoupledSequence decoupled = new DecoupledSequence(
                    List.of(dense(factory), dense(factory)), List.of(new LinearPredictor(factory, WIDTH)));
            Module model = Checkpoint.checkpoint(decoupled);
            List<Parameter> all = new ArrayList<>(model.parameterList());
            all.addAll(decoupled.predictorParameterList());
            return new Setup(all, x -> model.call(model.call(x)));
        });
    }

    /** Of the second call only one stream is used: the last function is computed again, and dropped. */
    @Test
    void aReversibleSequenceOfWhichOneStreamIsUsed() {
        assertSame(factory -> {
            Module model = new ReversibleSequence(List.of(
                    new AdditiveCoupling(dense(factory), dense(factory)),
                    new AdditiveCoupling(dense(factory), dense(factory))));
            return new Setup(model.parameterList(), x -> {
                List<Variable> first = model.call(List.of(x, x));
                return model.call(first).get(0);
            });
        });
    }
}
