package org.backpropaganda.synthetic.predictor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.Test;

class LabelsTest {

    private static double[] predict(
            Cases.Trial trial, GradientPredictor predictor, Tensor h, int[] labels, long... sizes) {
        try (Tape tape = Tape.inference(trial.root)) {
            Tensor y = trial.root
                    .allocate(Shape.of(sizes), DType.INT, MemoryKind.INPUT)
                    .set(labels);
            return predictor
                    .call(List.of(tape.constant(h), tape.constant(y)))
                    .get(0)
                    .value()
                    .toDoubles();
        }
    }

    /** E[label] at h = 0: column label of the matrix, and zero for a label that is ignored. */
    @Test
    void aLabelAddsItsVectorAndAnIgnoredOneNothing() {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE)) {
            LinearPredictor predictor = new LinearPredictor(trial.factory, 2, 3);
            predictor.parameters().get("labels.weight").value().set(1, 2, 3, 10, 20, 30);
            Tensor rows = trial.root.zeros(Shape.of(3, 2), DType.DOUBLE, MemoryKind.INPUT);
            assertThat(predict(trial, predictor, rows, new int[] {2, -100, 0}, 3))
                    .containsExactly(3, 30, 0, 0, 1, 10);
            Tensor sequences = trial.root.zeros(Shape.of(2, 2, 2), DType.DOUBLE, MemoryKind.INPUT);
            assertThat(predict(trial, predictor, sequences, new int[] {1, -100}, 2))
                    .containsExactly(2, 20, 2, 20, 0, 0, 0, 0);
            assertThat(predict(trial, predictor, sequences, new int[] {1, -100, 2, 0}, 2, 2))
                    .containsExactly(2, 20, 0, 0, 3, 30, 1, 10);
        }
    }

    @Test
    void labelsThatDoNotFit() {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE)) {
            LinearPredictor predictor = new LinearPredictor(trial.factory, 2, 3);
            Tensor sequences = trial.root.zeros(Shape.of(2, 3, 2), DType.DOUBLE, MemoryKind.INPUT);
            assertThatThrownBy(() -> predict(trial, predictor, sequences, new int[] {0, 1, 2}, 3))
                    .hasMessage("LinearPredictor: labels INT[3] for a boundary [2, 3, 2]; give one label an example, or"
                            + " one a position");
            assertThatThrownBy(() -> predict(trial, predictor, sequences, new int[4], 2, 2))
                    .hasMessageContaining("labels INT[2, 2] for a boundary [2, 3, 2]");
            assertThatThrownBy(() -> predict(trial, predictor, sequences, new int[] {0, 3}, 2))
                    .hasMessage("onehot: label 3 at index 1 is not within [0, 3)");
            assertThatThrownBy(() -> predict(trial, predictor, sequences, new int[] {0, -1}, 2))
                    .hasMessage("onehot: label -1 at index 1 is not within [0, 3)");
        }
    }

    @Test
    void whatAPredictorIsNotMadeFor() {
        try (Cases.Trial trial = new Cases.Trial(DType.FLOAT);
                Tape tape = Tape.inference(trial.root)) {
            Variable images = tape.constant(trial.random(1, 2, 3, 3, 2));
            assertThatThrownBy(() -> new LinearPredictor(trial.factory, 2).call(images))
                    .hasMessage(
                            "LinearPredictor: the boundary is FLOAT[2, 3, 3, 2], made for [B, C] or [B, T, C] with 2"
                                    + " channels");
            assertThatThrownBy(() -> ConvPredictor.unconditioned(trial.factory, 2, 4))
                    .hasMessage(
                            "ConvPredictor: kernel 4 does not keep the size of an image; give an odd one, as 1, 3 or"
                                    + " 5");
            assertThatThrownBy(() -> new MultilayerConvPredictor(trial.factory, 2, 0, 5, Hidden.normalised(1, 2)))
                    .hasMessage(
                            "MultilayerConvPredictor: 0 classes; give at least one, or none at all to predict without"
                                    + " labels");
            assertThatThrownBy(() -> Hidden.normalised(0, 4)).hasMessageContaining("hidden layers: 0 of width 4");
        }
    }
}
