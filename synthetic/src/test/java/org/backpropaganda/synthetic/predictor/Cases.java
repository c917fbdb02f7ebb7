package org.backpropaganda.synthetic.predictor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Every predictor of one tensor, with a boundary that it fits. */
final class Cases {
    static final int CHANNELS = 5;
    static final int CLASSES = 3;
    static final int BATCH = 4;

    private Cases() {}

    /** How to make one. */
    static final class Case {
        private final String name;
        private final Function<ParameterFactory, GradientPredictor> make;
        private final long[] boundary;
        private final long[] labels;

        Case(String name, Function<ParameterFactory, GradientPredictor> make, long[] boundary, long[] labels) {
            this.name = name;
            this.make = make;
            this.boundary = boundary;
            this.labels = labels;
        }

        String name() {
            return name;
        }

        Function<ParameterFactory, GradientPredictor> make() {
            return make;
        }

        /** The sizes of the boundary. */
        long[] boundary() {
            return boundary.clone();
        }

        /** The sizes of the labels; none without. */
        long[] labels() {
            return labels.clone();
        }

        @Override
        public String toString() {
            return name;
        }

        GradientPredictor started(ParameterFactory factory) {
            GradientPredictor predictor = make.apply(factory);
            randomize(predictor.trainableParameters());
            return predictor;
        }
    }

    private static final long[] ROWS = {BATCH, CHANNELS};
    private static final long[] SEQUENCES = {BATCH, 3, CHANNELS};
    private static final long[] IMAGES = {BATCH, 3, 4, CHANNELS};
    private static final long[] ONE_EACH = {BATCH};

    static List<Case> all() {
        return List.of(
                of("linear, rows", f -> new LinearPredictor(f, CHANNELS), ROWS),
                labelled("linear, rows, labels", f -> new LinearPredictor(f, CHANNELS, CLASSES), ROWS, ONE_EACH),
                labelled(
                        "linear, sequences, labels",
                        f -> new LinearPredictor(f, CHANNELS, CLASSES),
                        SEQUENCES,
                        ONE_EACH),
                labelled(
                        "linear, sequences, a label a position",
                        f -> new LinearPredictor(f, CHANNELS, CLASSES),
                        SEQUENCES,
                        new long[] {BATCH, 3}),
                of("3×3", f -> ConvPredictor.unconditioned(f, CHANNELS, 3), IMAGES),
                labelled("5×5, labels", f -> new ConvPredictor(f, CHANNELS, CLASSES, 5), IMAGES, ONE_EACH),
                labelled("1×1, a label a pixel", f -> new ConvPredictor(f, CHANNELS, CLASSES), IMAGES, new long[] {
                    BATCH, 3, 4
                }),
                of("two layers, rows", f -> new MultilayerPredictor(f, CHANNELS, Hidden.normalised(2, 6)), ROWS),
                labelled(
                        "one layer, rows, labels",
                        f -> new MultilayerPredictor(f, CHANNELS, CLASSES, Hidden.normalised(1, 6)),
                        ROWS,
                        ONE_EACH),
                labelled(
                        "two layers without norm, sequences, labels",
                        f -> new MultilayerPredictor(f, CHANNELS, CLASSES, new Hidden(2, 6, false)),
                        SEQUENCES,
                        ONE_EACH),
                of(
                        "two convolutions",
                        f -> new MultilayerConvPredictor(f, CHANNELS, 3, Hidden.normalised(2, 4)),
                        IMAGES),
                labelled(
                        "a convolution, labels",
                        f -> new MultilayerConvPredictor(f, CHANNELS, CLASSES, 5, Hidden.normalised(1, 4)),
                        IMAGES,
                        ONE_EACH),
                labelled("softmax, rows", f -> new SoftmaxPredictor(f, CHANNELS, CLASSES), ROWS, ONE_EACH),
                labelled("softmax, images", f -> new SoftmaxPredictor(f, CHANNELS, CLASSES), IMAGES, ONE_EACH),
                of("critic, rows", f -> CriticPredictor.sobolev(f, CHANNELS, 0, 1, 6), ROWS),
                labelled(
                        "critic of two layers, images, labels",
                        f -> CriticPredictor.sobolev(f, CHANNELS, CLASSES, 2, 6),
                        IMAGES,
                        ONE_EACH),
                labelled(
                        "target network",
                        f -> TargetNetwork.refreshed(1000, f, g -> new LinearPredictor(g, CHANNELS, CLASSES)),
                        ROWS,
                        ONE_EACH));
    }

    private static Case of(String name, Function<ParameterFactory, GradientPredictor> make, long[] boundary) {
        return new Case(name, make, boundary, new long[0]);
    }

    private static Case labelled(
            String name, Function<ParameterFactory, GradientPredictor> make, long[] boundary, long[] labels) {
        return new Case(name, make, boundary, labels);
    }

    /** Gives parameters values that are not zero. */
    static void randomize(List<Parameter> parameters) {
        SplittableRandom random = new SplittableRandom(23);
        parameters.forEach(parameter -> parameter
                .value()
                .set(random.doubles(parameter.value().elements(), -1, 1).toArray()));
    }

    /** An engine with a boundary, its labels and its target. */
    static final class Trial implements AutoCloseable {
        final Engine engine = Engine.builder().threads(1).build();
        final TensorScope root = engine.scope("");
        final DType dtype;
        final ParameterFactory factory;

        Trial(DType dtype) {
            this.dtype = dtype;
            factory = new ParameterFactory(root, dtype, 5);
        }

        Tensor random(long seed, long... sizes) {
            Tensor tensor = root.allocate(Shape.of(sizes), dtype, MemoryKind.INPUT);
            return tensor.set(
                    new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
        }

        Tensor labels(long... sizes) {
            Tensor tensor = root.allocate(Shape.of(sizes), DType.INT, MemoryKind.INPUT);
            return tensor.set(
                    new SplittableRandom(3).ints(tensor.elements(), 0, CLASSES).toArray());
        }

        @Override
        public void close() {
            engine.close();
        }
    }

    static Map<String, double[]> values(Map<String, Parameter> parameters) {
        Map<String, double[]> values = new LinkedHashMap<>();
        parameters.forEach(
                (name, parameter) -> values.put(name, parameter.value().toDoubles()));
        return values;
    }
}
