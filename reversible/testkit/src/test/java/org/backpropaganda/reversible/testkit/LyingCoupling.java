package org.backpropaganda.reversible.testkit;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Subtract;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.reversible.Combine;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.KeepingCombine;
import org.backpropaganda.reversible.Update;
import org.backpropaganda.reversible.exact.FixedPoint;

/** {@code y1 = x1 + F(x2), y2 = x2 + G(y1)}, which counts its training steps in a buffer, with one fault. */
final class LyingCoupling extends Coupling {
    private static final FixedPoint GRID = new FixedPoint(18, 44);

    private LyingCoupling(Module f, Module g, Lie combine) {
        super(
                List.of("x1", "x2"),
                List.of(
                        Update.of("x1", combine.isKeeping() ? new KeepsMore(combine) : combine, f, "x2"),
                        Update.of("x2", combine.isExact() ? GRID.add() : Combine.add(), g, "x1")));
        registerBuffer("moved", combine.moved);
    }

    /**
     * A coupling.
     *
     * @param draws numbers that nothing sets back, as those of a generator that is shared
     */
    static Coupling of(ParameterFactory factory, Module f, Module g, CouplingLie lie, AtomicInteger draws) {
        return new LyingCoupling(
                lie == CouplingLie.EVALUATES_ONCE_MORE ? new Once(f) : f, g, new Lie(lie, draws, factory));
    }

    /** Calls a function and forgets what it gave, and then calls it. */
    private static final class Once extends Module {
        private final Module function;

        Once(Module function) {
            this.function = register("", function);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            function.call(inputs);
            return function.call(inputs);
        }
    }

    /**
     * Keeps a byte of an element where it says one bit.
     *
     * @param honest forward
     */
    private record KeepsMore(Lie honest) implements KeepingCombine {
        @Override
        public int bitsPerElement() {
            return 1;
        }

        @Override
        public Variable forward(Variable x, List<Variable> values) {
            return honest.forward(x, values);
        }

        @Override
        public Tensor lost(Variable x, List<Variable> values) {
            return x.tape().scope().zeros(x.shape(), DType.BYTE, MemoryKind.TEMPORARY);
        }

        @Override
        public Variable inverse(Variable y, List<Variable> values, Tensor lost) {
            return honest.inverse(y, values);
        }
    }

    /** How x1 is combined. */
    private static final class Lie implements Combine {
        private final CouplingLie lie;
        private final AtomicInteger draws;
        private final TensorScope scope;
        private final Tensor moved;
        private int calls;

        Lie(CouplingLie lie, AtomicInteger draws, ParameterFactory factory) {
            this.lie = lie;
            this.draws = draws;
            this.scope = factory.scope();
            this.moved = scope.zeros(Shape.of(1), factory.dtype(), MemoryKind.PARAMETER);
        }

        boolean isKeeping() {
            return lie == CouplingLie.KEEPS_MORE_THAN_IT_SAYS;
        }

        @Override
        public boolean isExact() {
            return lie == CouplingLie.CLAIMS_TO_BE_EXACT || lie == CouplingLie.ROUNDS_IN_INVERSE;
        }

        private void move() {
            moved.set(moved.toDoubles()[0] + 1);
        }

        @Override
        public Variable forward(Variable x, List<Variable> values) {
            Tape tape = x.tape();
            if (tape.isTraining()) {
                tape.onFirstRun(this::move);
            }
            if (lie == CouplingLie.HOLDS_AN_ACTIVATION
                    || (lie == CouplingLie.COMPUTES_ANOTHER_THING_ON_SHAPES
                            && !x.value().hasValues())) {
                forgetATape(x.value());
            }
            return lie == CouplingLie.ROUNDS_IN_INVERSE
                    ? GRID.add().forward(x, values)
                    : Add.add(x, changed(values.get(0)));
        }

        /** A tape that nobody closes, with what it saved. */
        private void forgetATape(Tensor x) {
            Tensor copy = scope.allocate(x.shape(), x.dtype());
            Tanh.tanh(Tape.training(scope.child(), 1).leaf(copy));
        }

        private Variable changed(Variable value) {
            calls++;
            return switch (lie) {
                case DRAWS_WITHOUT_THE_KEY -> Scale.scale(value, draws.incrementAndGet());
                case MIXES_UP_ITS_CALLS -> calls == 2 ? Scale.scale(value, 2) : value;
                case DETACHES_A_FUNCTION -> value.tape().constant(value.value());
                default -> value;
            };
        }

        @Override
        public Variable inverse(Variable y, List<Variable> values) {
            if (lie == CouplingLie.MOVES_STATISTICS_IN_REVERSE) {
                move();
            }
            return switch (lie) {
                case INVERTS_WITH_ANOTHER_SIGN -> Add.add(y, values.get(0));
                case FORGETS_A_FUNCTION_IN_INVERSE -> Scale.scale(y, 1);
                case ROUNDS_IN_INVERSE -> Scale.scale(GRID.add().inverse(y, values), 1 + 0x1p-50);
                case TAKES_AWAY_LESS_IN_INVERSE -> Subtract.subtract(y, Scale.scale(values.get(0), 0.99));
                default -> Subtract.subtract(y, values.get(0));
            };
        }
    }
}
