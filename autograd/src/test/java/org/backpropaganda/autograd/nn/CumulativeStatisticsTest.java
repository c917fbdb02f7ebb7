package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.io.SafeTensors;
import org.backpropaganda.autograd.io.TensorFile;
import org.backpropaganda.autograd.io.Weights;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Running statistics without a momentum: the n-th batch has the weight 1/n, so they are the average of all batches. */
class CumulativeStatisticsTest {
    private static final int ROWS = 5;
    private static final int CHANNELS = 3;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private BatchNorm norm() {
        return BatchNorm.withCumulativeStatistics(new ParameterFactory(root, DType.DOUBLE, 1), CHANNELS);
    }

    private static double[] batch(int number) {
        return new SplittableRandom(number)
                .doubles((long) ROWS * CHANNELS, -number, 2 * number)
                .toArray();
    }

    private void train(BatchNorm norm, int from, int to) {
        for (int number = from; number <= to; number++) {
            try (TensorScope step = root.child();
                    Tape tape = Tape.training(step, number)) {
                Tensor x = step.allocate(Shape.of(ROWS, CHANNELS), DType.DOUBLE, MemoryKind.INPUT);
                norm.call(tape.constant(x.set(batch(number))));
            }
        }
    }

    @Test
    void theyAreThePlainAverageOfAllBatches() {
        BatchNorm norm = norm();
        int batches = 4;
        train(norm, 1, batches);
        double[] mean = new double[CHANNELS];
        double[] variance = new double[CHANNELS];
        for (int number = 1; number <= batches; number++) {
            double[] x = batch(number);
            for (int c = 0; c < CHANNELS; c++) {
                double sum = 0;
                double squares = 0;
                for (int row = 0; row < ROWS; row++) {
                    sum += x[row * CHANNELS + c];
                }
                for (int row = 0; row < ROWS; row++) {
                    squares += Math.pow(x[row * CHANNELS + c] - sum / ROWS, 2);
                }
                mean[c] += sum / ROWS / batches;
                variance[c] += squares / (ROWS - 1) / batches;
            }
        }
        Map<String, Tensor> buffers = norm.buffers();
        assertThat(buffers).containsOnlyKeys("running_mean", "running_var", "num_batches_tracked");
        assertThat(buffers.get("running_mean").toDoubles()).containsExactly(mean, within(1e-13));
        assertThat(buffers.get("running_var").toDoubles()).containsExactly(variance, within(1e-13));
        assertThat(buffers.get("num_batches_tracked").item()).isEqualTo(batches);
    }

    @Test
    void theNumberOfBatchesIsSavedAndLoaded(@TempDir Path directory) throws IOException {
        BatchNorm whole = norm();
        train(whole, 1, 5);
        BatchNorm first = norm();
        train(first, 1, 2);
        Path file = directory.resolve("norm.safetensors");
        SafeTensors.write(file, Weights.of(first));
        BatchNorm second = norm();
        try (TensorFile stored = SafeTensors.open(file)) {
            Weights.load(stored, second);
        }
        train(second, 3, 5);
        whole.buffers()
                .forEach((name, buffer) -> assertThat(second.buffers().get(name).toDoubles())
                        .as(name)
                        .containsExactly(buffer.toDoubles()));
    }

    @Test
    void othersHaveNoSuchBuffer() {
        BatchNorm norm = new BatchNorm(new ParameterFactory(root, DType.DOUBLE, 1), CHANNELS);
        assertThat(norm.buffers()).containsOnlyKeys("running_mean", "running_var");
        assertThat(norm.statistics().isCumulative()).isFalse();
    }
}
