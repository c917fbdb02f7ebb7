package org.backpropaganda.autograd.testkit;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * The product of two inputs of one shape, element by element, with one fault.
 *
 * @param calls how often something was asked that an honest op answers the same each time
 * @param kept an input that is none of what is saved
 */
record LyingProduct(Lie lie, AtomicInteger calls, AtomicReference<@Nullable Tensor> kept)
        implements TwiceDifferentiable {
    LyingProduct(Lie lie) {
        this(lie, new AtomicInteger(), new AtomicReference<>());
    }

    private boolean is(Lie which) {
        return lie == which;
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        TensorSpec first = in.get(0);
        if (!in.get(1).equals(first) && !is(Lie.TAKES_ANYTHING)) {
            String shapes = first.shape() + " and " + in.get(1).shape();
            throw switch (lie) {
                case REFUSES_WITHOUT_ITS_NAME -> new ShapeException("shapes differ: " + shapes);
                case REFUSES_WITHOUT_THE_SHAPES -> new ShapeException("lyingproduct: does not fit");
                case REFUSES_BY_ANOTHER_EXCEPTION -> new IllegalArgumentException("lyingproduct: " + shapes);
                default -> new ShapeException("lyingproduct: shapes differ: " + shapes);
            };
        }
        boolean again = is(Lie.TELLS_ANOTHER_SHAPE_WHEN_ASKED_AGAIN) && calls.incrementAndGet() % 3 == 0;
        return again ? first.with(Shape.of(first.shape().elements())) : first;
    }

    @Override
    public Saves saves(Operands operands) {
        Saves saves = Saves.none().inputIf(operands.needs(1), 0);
        if (!is(Lie.READS_WHAT_IT_DOES_NOT_SAVE)) {
            saves = saves.inputIf(operands.needs(0), 1);
        }
        return switch (lie) {
            case SAVES_AN_INPUT_FOR_NOTHING -> saves.inputIf(!operands.needs(1), 0);
            case SAVES_THE_OUTPUT_FOR_NOTHING -> saves.andOutput();
            case HOLDS_MORE_THAN_IT_DECLARES ->
                calls.incrementAndGet() % 2 == 1 ? saves.extra("unspoken", operands.spec(0)) : saves;
            case COMPUTES_ANOTHER_THING_UNRECORDED, LEAVES_SCRATCH_UNRECORDED, COMPUTES_ANOTHER_THING_AGAIN ->
                saves.extra("recorded", operands.spec(0));
            default -> saves;
        };
    }

    @Override
    public boolean isView() {
        return is(Lie.IS_A_VIEW_THAT_SAYS_IT_IS_NONE) && calls.incrementAndGet() % 2 == 1;
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor a = call.input(0);
        Tensor b = call.input(1);
        double factor = switch (lie) {
            case ROUNDS_IN_FLOAT -> a.dtype() == DType.FLOAT ? 1.01 : 1;
            case DIFFERS_FROM_RUN_TO_RUN -> 1 + 1e-3 * calls.incrementAndGet();
            case COMPUTES_ANOTHER_THING_UNRECORDED -> call.extra(0) == null ? 1.01 : 1;
            default -> 1;
        };
        boolean swallows = is(Lie.SWALLOWS_NAN);
        HostLoop.map(call.output(), (x, y) -> swallows && Double.isNaN(x * y) ? 0 : factor * x * y, a, b);
        switch (lie) {
            case WRITES_ITS_INPUT -> HostLoop.map(a, (x, y) -> x + 1, a, a);
            case READS_WHAT_IT_DOES_NOT_SAVE -> kept.set(b);
            case LEAVES_SCRATCH -> call.scratch(a.shape(), a.dtype());
            case LEAVES_SCRATCH_UNRECORDED -> {
                if (call.extra(0) == null) {
                    call.scratch(a.shape(), a.dtype());
                }
            }
            case COUNTS_ITS_FORWARDS -> calls.incrementAndGet();
            default -> {}
        }
    }

    @Override
    public List<Integer> recalls() {
        return switch (lie) {
            case COMPUTES_ANOTHER_THING_AGAIN, RECALLS_WHAT_IT_DOES_NOT_KEEP -> List.of(0);
            default -> List.of();
        };
    }

    @Override
    public void again(ForwardCall call) {
        HostLoop.map(call.output(), (x, y) -> 1.01 * x * y, call.input(0), call.input(1));
    }

    @Override
    public void vjp(BackwardCall call) {
        if (is(Lie.GIVES_NO_GRADIENT)) {
            return;
        }
        if (call.needs(1)) {
            give(call, 1, call.input(0), 1);
        }
        if (call.needs(0)) {
            Tensor b = is(Lie.READS_WHAT_IT_DOES_NOT_SAVE) ? kept.get() : call.input(1);
            double factor = switch (lie) {
                case GIVES_A_WRONG_GRADIENT -> 1.001;
                case GIVES_ANOTHER_GRADIENT_IN_FLOAT -> call.dy().dtype() == DType.FLOAT ? 1.01 : 1;
                case GIVES_GRADIENTS_THAT_DIFFER_FROM_RUN_TO_RUN -> 1 + 1e-3 * calls.incrementAndGet();
                case HEEDS_WHO_NEEDS_A_GRADIENT -> call.needs(1) ? 1 : 1.01;
                case COUNTS_ITS_FORWARDS -> calls.getAndSet(0);
                default -> 1;
            };
            give(call, 0, b, factor);
        }
        switch (lie) {
            case WRITES_A_SAVED_INPUT -> spoil(call.input(1));
            case WRITES_THE_OUTPUT_GRADIENT -> spoil(call.dy());
            default -> {}
        }
    }

    private static void spoil(Tensor tensor) {
        HostLoop.map(tensor, (x, y) -> x + 1, tensor, tensor);
    }

    private void give(BackwardCall call, int input, Tensor other, double factor) {
        switch (lie) {
            case OVERWRITES_GRADIENTS -> {
                Tensor target = call.target(input).tensor();
                HostLoop.map(target, (x, y) -> factor * x * y, call.dy(), other);
            }
            default -> {
                boolean early = is(Lie.READS_WHAT_IT_HAS_OVERWRITTEN) || input == 0;
                Tensor d = early
                        ? call.reusableDy()
                        : call.temporary(call.dy().shape(), call.dy().dtype());
                HostLoop.map(d, (x, y) -> factor * x * y, call.dy(), other);
                call.give(input, d);
            }
        }
    }

    @Override
    public void gradient(GradientCall call) {
        Variable dy = is(Lie.RECORDS_ANOTHER_GRADIENT) ? Scale.scale(call.dy(), 1.001) : call.dy();
        for (int i = 0; i < 2; i++) {
            if (call.needs(i)) {
                Variable other = call.input(1 - i);
                call.give(
                        i,
                        Multiply.multiply(
                                dy,
                                is(Lie.HIDES_A_SECOND_DERIVATIVE) ? call.tape().constant(other.value()) : other));
            }
        }
    }
}
