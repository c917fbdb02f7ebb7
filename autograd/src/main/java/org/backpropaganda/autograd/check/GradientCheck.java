package org.backpropaganda.autograd.check;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Compares gradients with central finite differences in {@code DOUBLE}.
 *
 * <pre>
 * L(x)     = Σ ⟨y, u⟩ over the outputs y = f(x), u drawn at random
 * analytic : dL/dx by backward
 * numeric  : (L(x + h v) − L(x − h v)) / 2h
 * </pre>
 *
 * Small tensors are checked element by element (v a unit vector), large ones along random directions, against
 * {@code ⟨dL/dx, v⟩}. A pair passes if {@code |analytic − numeric| ≤ absolute + relative · max(|analytic|, |numeric|)}. One
 * that fails is tried again with smaller steps, because a step may cross a kink.
 *
 * <p>Every evaluation runs under the same tape seed, so that dropout is one function throughout, and starts from the
 * same buffers, which are restored at the end; parameters are restored to the bit. The same arguments give the same
 * report.
 *
 * @param seed of cotangents, directions and tapes
 * @param step h, for values up to 1; larger values get a proportionally larger one
 * @param relativeTolerance of a derivative
 * @param absoluteTolerance of a derivative
 * @param elementwise up to how many elements a tensor is checked one by one
 * @param directions how many random directions a larger tensor is checked along
 * @param training whether modules behave as in training
 * @param recording whether every evaluation is recorded, as functions need that differentiate
 * @param constants numbers of the inputs that are not differentiated; those of other types than {@code DOUBLE} never are
 * @param tapes configures every tape, as with a policy for saved tensors
 */
public record GradientCheck(
        long seed,
        double step,
        double relativeTolerance,
        double absoluteTolerance,
        long elementwise,
        int directions,
        boolean training,
        boolean recording,
        Set<Integer> constants,
        Consumer<TapeBuilder> tapes) {
    /** Checks that step, tolerances and counts are positive. */
    public GradientCheck {
        if (!(step > 0) || !(relativeTolerance > 0) || !(absoluteTolerance > 0) || elementwise < 0 || directions < 1) {
            throw new IllegalArgumentException("gradient check: step " + step + ", tolerances " + relativeTolerance
                    + " and " + absoluteTolerance + ", elementwise " + elementwise + ", directions " + directions
                    + ": all must be positive (elementwise may be 0)");
        }
        constants = Set.copyOf(constants);
    }

    /** The usual check: tolerances 1e-5 and 1e-7, up to 128 elements one by one, training. */
    public static GradientCheck seeded(long seed) {
        return new GradientCheck(seed, 1e-5, 1e-5, 1e-7, 128, 8, true, false, Set.of(), tape -> {});
    }

    /** With another step. */
    public GradientCheck step(double h) {
        return new GradientCheck(
                seed,
                h,
                relativeTolerance,
                absoluteTolerance,
                elementwise,
                directions,
                training,
                recording,
                constants,
                tapes);
    }

    /** With other tolerances. */
    public GradientCheck tolerance(double relative, double absolute) {
        return new GradientCheck(
                seed, step, relative, absolute, elementwise, directions, training, recording, constants, tapes);
    }

    /** Tensors of up to {@code elements} are checked one by one, larger ones along so many random directions. */
    public GradientCheck elementwiseUpTo(long elements, int directionsBeyond) {
        return new GradientCheck(
                seed,
                step,
                relativeTolerance,
                absoluteTolerance,
                elements,
                directionsBeyond,
                training,
                recording,
                constants,
                tapes);
    }

    /** Modules behave as in evaluation. */
    public GradientCheck evaluating() {
        return new GradientCheck(
                seed,
                step,
                relativeTolerance,
                absoluteTolerance,
                elementwise,
                directions,
                false,
                recording,
                constants,
                tapes);
    }

    /** Every evaluation is recorded: for functions that call {@code Tape.differentiate}. */
    public GradientCheck recorded() {
        return new GradientCheck(
                seed,
                step,
                relativeTolerance,
                absoluteTolerance,
                elementwise,
                directions,
                training,
                true,
                constants,
                tapes);
    }

    /** The inputs of these numbers are not differentiated. */
    public GradientCheck constants(int... inputs) {
        Set<Integer> chosen = Arrays.stream(inputs).boxed().collect(Collectors.toUnmodifiableSet());
        return new GradientCheck(
                seed,
                step,
                relativeTolerance,
                absoluteTolerance,
                elementwise,
                directions,
                training,
                recording,
                chosen,
                tapes);
    }

    /**
     * Every tape is configured so, as with a policy for saved tensors: {@code check.tapes(tape -> tape.policy(policy))}. Seed and
     * mode stay the check's.
     */
    public GradientCheck tapes(Consumer<TapeBuilder> settings) {
        return new GradientCheck(
                seed,
                step,
                relativeTolerance,
                absoluteTolerance,
                elementwise,
                directions,
                training,
                recording,
                constants,
                settings);
    }

    /**
     * Checks a function of variables with one result, by all its inputs: {@code check(x -> tanh(x.get(0)), x)}.
     *
     * @param inputs {@code DOUBLE}, or labels; at least one. Not modified
     */
    public GradientReport check(Function<List<Variable>, Variable> function, Tensor... inputs) {
        return checkAll(variables -> List.of(function.apply(variables)), inputs);
    }

    /** Checks a function of variables with any number of results. */
    public GradientReport checkAll(Function<List<Variable>, List<Variable>> function, Tensor... inputs) {
        try (CheckedFunction checked = CheckedFunction.of(this, function, inputs)) {
            return new FiniteDifferences(this, checked).report();
        }
    }

    /**
     * Checks a module, by its inputs and all trainable parameters.
     *
     * @param module with parameters in {@code DOUBLE}. Parameters and buffers are as before when this returns
     * @param inputs {@code DOUBLE}, or labels; at least one. Not modified
     */
    public GradientReport check(Module module, Tensor... inputs) {
        try (CheckedFunction checked = CheckedFunction.of(this, module, inputs)) {
            return new FiniteDifferences(this, checked).report();
        }
    }

    /**
     * Checks second derivatives of a function: its recorded gradients, as functions of its inputs and of the gradients of its
     * results, against finite differences.
     *
     * @param inputs {@code DOUBLE}, or labels; at least one. Not modified
     */
    public GradientReport checkGradients(Function<List<Variable>, List<Variable>> function, Tensor... inputs) {
        try (SecondDerivatives second = new SecondDerivatives(this, function, inputs)) {
            return recorded().checkAll(second, second.inputs());
        }
    }
}
