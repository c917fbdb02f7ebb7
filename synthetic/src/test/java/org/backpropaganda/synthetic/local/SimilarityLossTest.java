package org.backpropaganda.synthetic.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SimilarityLossTest {
    private static final int CLASSES = 3;
    private static final int[] LABELS = {0, 1, 0, 2};

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 3);

    @AfterEach
    void close() {
        engine.close();
    }

    private double loss(LocalObjective objective, Shape shape, double[] values) {
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 1)) {
            Tensor h = scope.allocate(shape, DType.DOUBLE, MemoryKind.INPUT).set(values);
            Tensor labels = scope.allocate(Shape.of(LABELS.length), DType.INT, MemoryKind.INPUT)
                    .set(LABELS);
            return objective
                    .call(List.of(tape.constant(h), tape.constant(labels)))
                    .get(0)
                    .value()
                    .item();
        }
    }

    /** Centred one-hot vectors have the cosine −1 / (classes − 1). */
    private static double byHand(double[][] features) {
        double sum = 0;
        for (int i = 0; i < LABELS.length; i++) {
            for (int j = 0; j < LABELS.length; j++) {
                double wanted = LABELS[i] == LABELS[j] ? 1 : -1.0 / (CLASSES - 1);
                double difference = correlation(features[i], features[j]) - wanted;
                sum += difference * difference;
            }
        }
        return sum / (LABELS.length * LABELS.length);
    }

    /** Pearson's. */
    private static double correlation(double[] a, double[] b) {
        double meanA = 0;
        double meanB = 0;
        for (int i = 0; i < a.length; i++) {
            meanA += a[i] / a.length;
            meanB += b[i] / a.length;
        }
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (a[i] - meanA) * (b[i] - meanB);
            aa += (a[i] - meanA) * (a[i] - meanA);
            bb += (b[i] - meanB) * (b[i] - meanB);
        }
        return ab / Math.sqrt(aa * bb);
    }

    @Test
    void rowsAreComparedByCorrelation() {
        int channels = 5;
        SimilarityLoss objective = new SimilarityLoss(factory, false, channels, CLASSES);
        double[] weight = objective.parameters().get("map.weight").value().toDoubles();
        double[] h = new SplittableRandom(7)
                .doubles((long) LABELS.length * channels, -1, 1)
                .toArray();
        double[][] features = new double[LABELS.length][channels];
        for (int b = 0; b < LABELS.length; b++) {
            for (int o = 0; o < channels; o++) {
                for (int i = 0; i < channels; i++) {
                    features[b][o] += weight[o * channels + i] * h[b * channels + i];
                }
            }
        }
        assertThat(loss(objective, Shape.of(LABELS.length, channels), h))
                .isCloseTo(byHand(features), Offset.offset(1e-12));
    }

    /** The middle tap of the convolution alone, one to one: features are deviations of the images' own channels. */
    @Test
    void imagesAreComparedByTheDeviationsOfTheirChannels() {
        int channels = 4;
        int pixels = 6;
        SimilarityLoss objective = new SimilarityLoss(factory, true, channels, CLASSES);
        Tensor weight = objective.parameters().get("map.weight").value();
        double[] taps = new double[(int) weight.elements()];
        for (int c = 0; c < channels; c++) {
            taps[(c * channels + c) * 9 + 4] = 1;
        }
        weight.set(taps);
        double[] h = new SplittableRandom(7)
                .doubles((long) LABELS.length * pixels * channels, -1, 1)
                .toArray();
        double[][] features = new double[LABELS.length][channels];
        for (int b = 0; b < LABELS.length; b++) {
            for (int c = 0; c < channels; c++) {
                double mean = 0;
                double squares = 0;
                for (int p = 0; p < pixels; p++) {
                    mean += h[(b * pixels + p) * channels + c] / pixels;
                }
                for (int p = 0; p < pixels; p++) {
                    double centred = h[(b * pixels + p) * channels + c] - mean;
                    squares += centred * centred;
                }
                features[b][c] = Math.sqrt(squares / (pixels - 1));
            }
        }
        assertThat(loss(objective, Shape.of(LABELS.length, 2, 3, channels), h))
                .isCloseTo(byHand(features), Offset.offset(1e-12));
    }

    /** 0.99 of it and 0.01 of the cross-entropy, which is ln 3 where the classifier is zero. */
    @Test
    void theTwoLossesAreWeighed() {
        PredictionAndSimilarity both = new PredictionAndSimilarity(factory, false, 5, CLASSES);
        both.parameters().get("prediction.head.weight").value().fill(0);
        SimilarityLoss alone = new SimilarityLoss(factory, false, 5, CLASSES);
        alone.parameters()
                .get("map.weight")
                .value()
                .set(both.parameters().get("similarity.map.weight").value().toDoubles());
        Shape shape = Shape.of(LABELS.length, 5);
        double[] h = new SplittableRandom(7).doubles(shape.elements(), -1, 1).toArray();
        assertThat(loss(both, shape, h))
                .isCloseTo(0.99 * loss(alone, shape, h) + 0.01 * Math.log(3), Offset.offset(1e-12));
    }

    @Test
    void refusals() {
        assertThatThrownBy(() -> new SimilarityLoss(factory, false, 5, 1)).hasMessageContaining("give two or more");
        assertThatThrownBy(() -> new PredictionAndSimilarity(factory, false, 5, 3, 2))
                .hasMessage("local loss: beta 2.0 must be within [0, 1]");
        assertThatThrownBy(() -> loss(new SimilarityLoss(factory, true, 5, 3), Shape.of(4, 5), new double[20]))
                .hasMessageContaining("made for [B, H, W, C] with 5 channels");
    }
}
