package org.backpropaganda.autograd.testkit;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * Generators for jqwik properties, to be returned from {@code @Provide} methods. All shrink towards small shapes,
 * stride 1, no padding, one group, seed 0.
 */
public final class TensorArbitraries {
    private TensorArbitraries() {}

    /** {@code FLOAT} or {@code DOUBLE}. */
    public static Arbitrary<DType> dtypes() {
        return Arbitraries.of(DType.DOUBLE, DType.FLOAT);
    }

    /** Seeds of random values. */
    public static Arbitrary<Long> seeds() {
        return Arbitraries.longs().between(0, 1_000_000);
    }

    /** Shapes of up to {@code maxRank} axes of up to {@code maxSize} each; rank 0 included. */
    public static Arbitrary<Shape> shapes(int maxRank, int maxSize) {
        return sizes(maxSize).list().ofMaxSize(maxRank).map(TensorArbitraries::shape);
    }

    private static Arbitrary<Long> sizes(int max) {
        return Arbitraries.longs().between(1, max).shrinkTowards(1);
    }

    private static Shape shape(List<Long> sizes) {
        return Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
    }

    /**
     * Two shapes that broadcast with each other.
     *
     * @param a the left one
     * @param b the right one
     */
    public record Pair(Shape a, Shape b) {}

    /** Shapes that broadcast: either may lack leading axes, or have size 1 where the other has more. */
    public static Arbitrary<Pair> broadcastable(int maxRank, int maxSize) {
        return shapes(maxRank, maxSize)
                .flatMap(full ->
                        Combinators.combine(narrowed(full), narrowed(full)).as(Pair::new));
    }

    private static Arbitrary<Shape> narrowed(Shape full) {
        int rank = full.rank();
        Arbitrary<List<Boolean>> ones = Arbitraries.of(false, true).list().ofSize(rank);
        return Combinators.combine(ones, Arbitraries.integers().between(0, rank))
                .as((one, dropped) -> Shape.of(IntStream.range(dropped, rank)
                        .mapToLong(axis -> one.get(axis) ? 1 : full.dim(axis))
                        .toArray()));
    }

    /**
     * A shape and some of its axes, ascending.
     *
     * @param shape of at least one axis
     * @param axes at least one
     */
    public record Axes(Shape shape, List<Integer> axes) {}

    /** Shapes of 1 to {@code maxRank} axes with a choice of axes. */
    public static Arbitrary<Axes> axes(int maxRank, int maxSize) {
        return sizes(maxSize)
                .list()
                .ofMinSize(1)
                .ofMaxSize(maxRank)
                .map(TensorArbitraries::shape)
                .flatMap(shape -> Arbitraries.of(
                                IntStream.range(0, shape.rank()).boxed().toList())
                        .set()
                        .ofMinSize(1)
                        .map(chosen -> new Axes(shape, chosen.stream().sorted().toList())));
    }

    /**
     * A convolution: a window that fits an image, and channels in groups.
     *
     * @param window stride, padding, dilation
     * @param groups of channels
     * @param x [N, H, W, groups · I]
     * @param w [groups · O, I, kH, kW]
     */
    public record Convolution(Window window, int groups, Shape x, Shape w) {}

    /** Convolutions of small images, each window at least once inside the padded image. */
    public static Arbitrary<Convolution> convolutions() {
        Arbitrary<Integer> few = Arbitraries.integers().between(1, 3);
        Arbitrary<long[]> channels = Combinators.combine(few, few, few, few)
                .as((groups, inputs, outputs, images) -> new long[] {groups, inputs, outputs, images});
        return Combinators.combine(windows(), channels, extra(), extra())
                .as((window, c, moreH, moreW) -> new Convolution(
                        window,
                        (int) c[0],
                        Shape.of(
                                c[3],
                                smallest(window.kernelH(), window.padH(), window.dilationH()) + moreH,
                                smallest(window.kernelW(), window.padW(), window.dilationW()) + moreW,
                                c[0] * c[1]),
                        Shape.of(c[0] * c[2], c[1], window.kernelH(), window.kernelW())));
    }

    private static Arbitrary<Integer> extra() {
        return Arbitraries.integers().between(0, 5);
    }

    private static long smallest(int kernel, int pad, int dilation) {
        return Math.max(1, (long) dilation * (kernel - 1) + 1 - 2L * pad);
    }

    /** Windows of kernels and strides up to 3, padding up to half the kernel, dilation up to 2. */
    public static Arbitrary<Window> windows() {
        Arbitrary<int[]> side = Combinators.combine(
                        Arbitraries.integers().between(1, 3),
                        Arbitraries.integers().between(1, 3),
                        Arbitraries.integers().between(0, 1),
                        Arbitraries.integers().between(1, 2))
                .as((kernel, stride, pad, dilation) -> new int[] {kernel, stride, Math.min(pad, kernel / 2), dilation});
        return Combinators.combine(side, side).as((h, w) -> new Window(h[0], w[0], h[1], w[1], h[2], w[2], h[3], w[3]));
    }
}
