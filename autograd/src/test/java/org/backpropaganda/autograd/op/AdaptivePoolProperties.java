package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Adaptive pooling of any size into any other, as an op and as whatever the static method makes of it. */
class AdaptivePoolProperties {
    @Property(tries = 100)
    void computesWhatItSays(
            @ForAll @IntRange(min = 1, max = 9) int h,
            @ForAll @IntRange(min = 1, max = 9) int w,
            @ForAll @IntRange(min = 1, max = 7) int height,
            @ForAll @IntRange(min = 1, max = 7) int width,
            @ForAll @LongRange(min = 0, max = 999) long seed) {
        double[] image = new SplittableRandom(seed).doubles((long) h * w, -2, 2).toArray();
        double[] means = new double[height * width];
        double[] maxima = new double[height * width];
        for (int i = 0; i < height; i++) {
            for (int j = 0; j < width; j++) {
                int count = 0;
                double sum = 0;
                double most = Double.NEGATIVE_INFINITY;
                for (int a = 0; a < h; a++) {
                    for (int b = 0; b < w; b++) {
                        if (sees(i, height, a, h) && sees(j, width, b, w)) {
                            count++;
                            sum += image[a * w + b];
                            most = Math.max(most, image[a * w + b]);
                        }
                    }
                }
                means[i * width + j] = sum / count;
                maxima[i * width + j] = most;
            }
        }
        Shape shape = Shape.of(1, h, w, 1);
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.inference(scope)) {
            Variable x = tape.constant(scope.allocate(shape, DType.DOUBLE).set(image));
            check(tape.apply(new AdaptiveAvgPool2d(height, width), x), means);
            check(AdaptiveAvgPool2d.adaptiveAvgPool2d(x, height, width), means);
            check(tape.apply(new AdaptiveMaxPool2d(height, width), x), maxima);
            check(AdaptiveMaxPool2d.adaptiveMaxPool2d(x, height, width), maxima);
        }
    }

    private static void check(Variable y, double[] expected) {
        assertThat(y.value().toDoubles()).containsExactly(expected, within(1e-13));
    }

    /** Whether pixel a of {@code in} overlaps the span [i / out, (i + 1) / out) of the axis. */
    private static boolean sees(int i, int out, int a, int in) {
        return (a + 1) * out > i * in && a * out < (i + 1) * in;
    }
}
