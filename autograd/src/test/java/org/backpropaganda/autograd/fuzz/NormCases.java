package org.backpropaganda.autograd.fuzz;

import static org.backpropaganda.autograd.testkit.Input.in;

import org.backpropaganda.autograd.op.BatchNorm;
import org.backpropaganda.autograd.op.BatchNormInference;
import org.backpropaganda.autograd.op.BatchNormRelu;
import org.backpropaganda.autograd.op.GroupNorm;
import org.backpropaganda.autograd.op.LayerNorm;
import org.backpropaganda.autograd.op.RmsNorm;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;

/** Normalisations of batches, layers, groups and instances. */
final class NormCases {
    private static final double[] EPSILONS = {1e-5, 1e-3, 0.1};

    private NormCases() {}

    static OpCase draw(Draw draw) {
        int channels = draw.channels();
        Shape x = draw.oneIn(2)
                ? Shape.of(draw.images(), draw.size(), draw.size(), channels)
                : Shape.of(draw.oneIn(3) ? draw.between(20, 600) : draw.between(1, 9), channels);
        double epsilon = EPSILONS[draw.between(0, EPSILONS.length - 1)];
        Input vector = in(channels);
        return switch (draw.between(1, 8)) {
            case 1, 2 -> OpCase.of(new BatchNorm(epsilon), spread(several(x)), vector, vector);
            case 3, 4 ->
                OpCase.of(new BatchNormRelu(epsilon), spread(several(x)), vector.within(0.05, 0.1), oneSided(channels));
            case 5 ->
                OpCase.of(
                        new BatchNormInference(epsilon),
                        in(x),
                        vector,
                        vector,
                        vector.constant(),
                        in(channels).within(0.5, 2).constant());
            case 6 -> OpCase.of(new LayerNorm(epsilon), spread(x), vector, vector);
            case 7 -> OpCase.of(new RmsNorm(epsilon), spread(x), vector);
            default -> OpCase.of(new GroupNorm(groups(draw, channels), epsilon), spread(x), vector, vector);
        };
    }

    private static int groups(Draw draw, int channels) {
        int groups = draw.oneIn(2) ? channels : draw.between(1, channels);
        return channels % groups == 0 ? groups : 1;
    }

    /** A batch needs more than one row. */
    private static Shape several(Shape x) {
        return x.elements() == x.dim(-1) ? x.with(0, 2) : x;
    }

    /** Values whose sign changes from neighbour to neighbour along each axis: none of their deviations is small. */
    private static Input spread(Shape shape) {
        return in(shape).within(0.5, 2).with((drawnShape, random) -> {
            double[] drawn = random.doubles(drawnShape.elements(), 0.5, 2).toArray();
            int channels = (int) drawnShape.dim(-1);
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] *= (i / channels + i % channels) % 2 == 0 ? 1 : -1;
            }
            return drawn;
        });
    }

    /** Shifts that leave no result beside the kink. */
    private static Input oneSided(int channels) {
        return in(channels)
                .with((shape, random) -> random.doubles(shape.elements(), -1, 1)
                        .map(b -> Math.copySign(4, b))
                        .toArray());
    }
}
