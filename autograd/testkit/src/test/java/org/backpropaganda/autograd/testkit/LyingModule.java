package org.backpropaganda.autograd.testkit;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Dropout;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** The product of x and a weight of its shape, which counts its training steps in a buffer, with one fault. */
final class LyingModule extends UnaryModule {
    private final ModuleLie lie;
    private final AtomicInteger draws;
    private final TensorScope scope;
    private final Parameter weight;
    private final Tensor moved;
    private final LyingProduct product;

    /**
     * A module of its own.
     *
     * @param draws numbers that nothing sets back, as those of a generator that is shared
     */
    LyingModule(ParameterFactory factory, Shape shape, ModuleLie lie, AtomicInteger draws) {
        this.lie = lie;
        this.draws = draws;
        scope = factory.scope();
        weight = register("weight", factory.create(shape, Initializer.ones()));
        moved = registerBuffer(
                "moved",
                scope.allocate(Shape.of(1), factory.dtype(), MemoryKind.PARAMETER)
                        .zero());
        product = new LyingProduct(
                switch (lie) {
                    case GIVES_A_WRONG_GRADIENT -> Lie.GIVES_A_WRONG_GRADIENT;
                    case MIXES_UP_ITS_CALLS -> Lie.COUNTS_ITS_FORWARDS;
                    case ROUNDS_IN_FLOAT -> Lie.ROUNDS_IN_FLOAT;
                    default -> Lie.NONE;
                });
        if (lie == ModuleLie.RENAMES_ITS_PARAMETER) {
            weight.named("elsewhere");
        }
    }

    private void move() {
        moved.set(moved.toDoubles()[0] + 1);
    }

    /** A recording that nobody differentiates or closes. */
    private void forgetATape(Tensor x) {
        Tape forgotten = Tape.training(scope, 0);
        forgotten.apply(
                product,
                forgotten.apply(product, forgotten.leaf(x), forgotten.parameter(weight)),
                forgotten.parameter(weight));
    }

    /** Behind the back of its version. */
    private static void spoil(Tensor tensor) {
        HostLoop.map(tensor, (a, same) -> a + 1, tensor, tensor);
    }

    @Override
    protected Variable forward(Variable x) {
        Tape tape = x.tape();
        boolean honest = lie != ModuleLie.MOVES_STATISTICS_WHERE_RECORDED_ALONE || tape.isRecording();
        boolean moves = (tape.isTraining() && honest) || lie == ModuleLie.MOVES_STATISTICS_IN_EVALUATION;
        if (moves) {
            tape.onFirstRun(this::move);
        }
        if (lie == ModuleLie.COMPUTES_ANOTHER_THING_ON_SHAPES && !x.value().hasValues()) {
            return Scale.scale(x, 2);
        }
        Variable y = tape.apply(product, x, tape.parameter(weight));
        switch (lie) {
            case WRITES_ITS_PARAMETER -> spoil(weight.value());
            case WRITES_ITS_INPUT -> spoil(x.value());
            case KEEPS_A_TENSOR -> scope.allocate(x.shape(), x.dtype());
            case HOLDS_AN_ACTIVATION -> forgetATape(x.value());
            default -> {}
        }
        return switch (lie) {
            case DRAWS_WITHOUT_THE_KEY -> Scale.scale(y, draws.incrementAndGet());
            case MOVES_STATISTICS_AGAIN_IN_BACKWARD -> tape.apply(new AlsoInBackward(this::move), y);
            case COMPUTES_ANOTHER_THING_UNRECORDED -> tape.isRecording() ? y : Scale.scale(y, 2);
            case DROPS_OUT_IN_EVALUATION ->
                tape.isTraining() ? y : tape.apply(new Dropout(0.5, tape.key(), Dropout.Unit.ELEMENT), y);
            default -> y;
        };
    }

    /** A copy that does something when it is differentiated. */
    private record AlsoInBackward(Runnable effect) implements Op {
        @Override
        public TensorSpec infer(List<TensorSpec> in) {
            return in.get(0);
        }

        @Override
        public Saves saves(Operands operands) {
            return Saves.none();
        }

        @Override
        public void forward(ForwardCall call) {
            call.output().copyFrom(call.input(0));
        }

        @Override
        public void vjp(BackwardCall call) {
            effect.run();
            call.pass(0);
        }
    }
}
