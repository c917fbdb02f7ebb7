package org.backpropaganda.synthetic;

import java.util.Optional;
import java.util.function.LongToDoubleFunction;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * How much of the gradient that arrives at a boundary goes on, step by step: the λ of a {@link PredictedGradient}, 1 for
 * backpropagation, 0 for DNI. One that changes has a {@link Progress}, which is a part of the training state.
 *
 * <pre>{@code
 * Mixing half = Mixing.constant(0.5);
 * Mixing falling = Mixing.scheduled(scope, step -> Math.max(0, 1 - step / 1000.0));
 * Mixing trusted = Mixing.warmUp(scope, 0.6, 100);
 * }</pre>
 */
public sealed interface Mixing {

    /** λ of the step that begins. */
    double lambda();

    /** Whether λ is 0 in every step. */
    default boolean isNever() {
        return false;
    }

    /** What it remembers, if it changes. */
    default Optional<Progress> progress() {
        return Optional.empty();
    }

    /** A part of a step has run, or all of it. */
    default void ran(double share) {}

    /** A prediction was compared with what arrived. */
    default void compared(double cosine) {}

    /** Whether it has a use for comparisons. */
    default boolean compares() {
        return false;
    }

    /** λ = 0. */
    static Mixing never() {
        return new Constant(0);
    }

    /** One λ for every step, within [0, 1]. */
    static Mixing constant(double lambda) {
        return new Constant(lambda);
    }

    /**
     * A λ by the number of steps that were made before.
     *
     * @param scope the owner of the count
     */
    static Mixing scheduled(TensorScope scope, LongToDoubleFunction schedule) {
        return new Scheduled(schedule, new Progress(scope));
    }

    /**
     * λ = 1, so that predictors learn and nothing follows them, until the predictions of {@code batches} batches in a row had
     * a cosine of at least {@code cosine} with what arrived; λ = 0 from then on.
     *
     * @param scope the owner of the count
     */
    static Mixing warmUp(TensorScope scope, double cosine, long batches) {
        return new WarmUp(cosine, batches, new Progress(scope));
    }

    /** A λ within [0, 1]. */
    private static double require(double lambda) {
        if (!(lambda >= 0 && lambda <= 1)) {
            throw new IllegalArgumentException("mixing: lambda " + lambda + " must be within [0, 1]");
        }
        return lambda;
    }

    /** {@link Mixing#constant}. */
    record Constant(double lambda) implements Mixing {
        /** Checks λ. */
        public Constant {
            require(lambda);
        }

        @Override
        public boolean isNever() {
            return lambda == 0;
        }
    }

    /** {@link Mixing#scheduled}. */
    record Scheduled(LongToDoubleFunction schedule, Progress memory) implements Mixing {
        private static final double ROUNDING = 1e-9;

        @Override
        public double lambda() {
            return require(schedule.applyAsDouble((long) (memory.count() + ROUNDING)));
        }

        @Override
        public Optional<Progress> progress() {
            return Optional.of(memory);
        }

        @Override
        public void ran(double share) {
            memory.count(memory.count() + share);
        }

        @Override
        public String toString() {
            return "a scheduled lambda";
        }
    }

    /** {@link Mixing#warmUp}. */
    record WarmUp(double cosine, long batches, Progress memory) implements Mixing {
        /** Checks the numbers. */
        public WarmUp {
            if (!(cosine >= -1 && cosine <= 1) || batches < 1) {
                throw new IllegalArgumentException("mixing: a warm-up to cosine " + cosine + " in " + batches
                        + " batches; give a cosine within [-1, 1], and at least one batch");
            }
        }

        @Override
        public double lambda() {
            return memory.count() < batches ? 1 : 0;
        }

        @Override
        public Optional<Progress> progress() {
            return Optional.of(memory);
        }

        @Override
        public boolean compares() {
            return memory.count() < batches;
        }

        @Override
        public void compared(double with) {
            if (compares()) {
                memory.count(with >= cosine ? memory.count() + 1 : 0);
            }
        }

        @Override
        public String toString() {
            return "a warm-up";
        }
    }
}
