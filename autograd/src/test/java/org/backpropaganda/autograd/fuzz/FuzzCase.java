package org.backpropaganda.autograd.fuzz;

import org.backpropaganda.autograd.op.ConvTranspose2d;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;

/**
 * A random op on random shapes.
 *
 * @param opCase the op and its inputs
 * @param tolerance of {@code FLOAT} against {@code DOUBLE}, relative to the largest value
 */
record FuzzCase(OpCase opCase, double tolerance) {
    private static final int KINDS = 12;
    private static final double TOLERANCE = 2e-5;
    /** Of sums of products of what has been divided by a deviation. */
    private static final double NORM_TOLERANCE = 2e-4;

    /** The case of a seed. */
    static FuzzCase of(long seed) {
        Draw draw = new Draw(seed);
        FuzzCase drawn = switch (draw.between(1, KINDS)) {
            case 1, 2, 3, 4 -> new FuzzCase(ConvolutionCases.draw(draw), TOLERANCE);
            case 5, 6 -> new FuzzCase(ConvolutionCases.drawTransposed(draw), TOLERANCE);
            case 7, 8, 9 -> new FuzzCase(PoolingCases.draw(draw), TOLERANCE);
            case 10 -> new FuzzCase(RecurrentCases.draw(draw), TOLERANCE);
            default -> new FuzzCase(NormCases.draw(draw), NORM_TOLERANCE);
        };
        return draw.oneIn(4) ? drawn.spoilt(draw) : drawn;
    }

    private FuzzCase spoilt(Draw draw) {
        Input[] inputs = opCase.inputs().toArray(Input[]::new);
        if (opCase.op() instanceof ConvTranspose2d) {
            // The gradient of w in DOUBLE multiplies x with the zeros of the padding.
            if (!inputs[0].differentiable()) {
                return this;
            }
            inputs[1] = inputs[1].constant();
        }
        inputs[0] = draw.spoilt(inputs[0]);
        return new FuzzCase(OpCase.of(opCase.op(), inputs).named("not all finite"), tolerance);
    }

    @Override
    public String toString() {
        return opCase.toString();
    }
}
