package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** A step of a model of the suite under a policy for what is saved, in an engine of the test's own. */
final class PolicyStep {
    private PolicyStep() {}

    /**
     * A resnet50 of as many convolutions in a replay as others have, and of images that are not one pixel behind the first of its
     * stages: a norm of the four numbers of a batch makes much of what rounding changes a little.
     */
    private static ModelSpec spec(String kind, DType dtype) {
        boolean halvesOften = kind.equals("resnet50");
        int side = halvesOften ? 4 * SuiteStep.SIDE : SuiteStep.SIDE;
        ModelSpec.Size size = new ModelSpec.Size(halvesOften ? 1 : 3, 8);
        return new ModelSpec(kind, size, 2, new ModelSpec.Images(side, side, 3, 10), dtype);
    }

    static LossModule model(String kind, String strategy, DType dtype, TensorScope scope) {
        return new LossModule(Model.create(spec(kind, dtype), Strategy.parse(strategy), scope, 3));
    }

    static List<Tensor> batch(TensorScope scope, String kind, DType dtype) {
        ModelSpec spec = spec(kind, dtype);
        Tensor images = scope.allocate(
                Shape.of(SuiteStep.BATCH, spec.height(), spec.columns(), spec.channels()), dtype, MemoryKind.INPUT);
        images.set(new SplittableRandom(1).doubles(images.elements(), -1, 1).toArray());
        Tensor labels = scope.allocate(Shape.of(SuiteStep.BATCH), DType.INT, MemoryKind.INPUT)
                .set(1, 7, 3, 1);
        return List.of(images, labels);
    }

    static Map<String, double[]> gradients(LossModule model, List<Tensor> batch, SavedTensorPolicy policy) {
        try (TensorScope step = batch.get(0).engine().scope("");
                Tape tape = Tape.builder(step).seed(5).policy(policy).build()) {
            try (Gradients gradients = tape.backward(
                    model.call(batch.stream().map(tape::constant).toList()).get(0))) {
                assertThat(batch.get(0).engine().ledger().liveBytes(MemoryKind.ACTIVATION))
                        .isZero();
                return GradientComparison.snapshot(gradients);
            }
        }
    }
}
