package org.backpropaganda.experiments.fit;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.StepParts;
import org.backpropaganda.experiments.run.RunConfig;

/**
 * A classifier of images that is trained by gradient descent with momentum.
 *
 * @param deviations from what was published, a sentence behind a space, or nothing
 */
record SizedImages(String title, ModelSpec spec, String deviations) implements SizedModel {
    private static final int SMALLEST = 2;
    private static final RunConfig.Descent DESCENT = new RunConfig.Descent("sgd", 0.01, 0, "constant");

    static SizedImages of(String title, String name, ModelSpec.Size size, ModelSpec.Images images, String deviations) {
        return new SizedImages(title, new ModelSpec(name, size, 1, images, DType.FLOAT), deviations);
    }

    @Override
    public String name() {
        return spec.name();
    }

    @Override
    public String description() {
        return String.format(
                        Locale.ROOT,
                        "`%s` of depth %d and width %d, images of %d×%d×%d in FLOAT, %,d classes, softmax cross-entropy,"
                                + " SGD with momentum. A cell is a number of images, from %d on, since batch norm needs two.",
                        name(),
                        spec.depth(),
                        spec.width(),
                        spec.height(),
                        spec.columns(),
                        spec.channels(),
                        spec.classes(),
                        SMALLEST)
                + deviations;
    }

    @Override
    public long smallestBatch() {
        return SMALLEST;
    }

    @Override
    public StepParts step(long batch, TensorScope scope) {
        return StepParts.of(spec, config(batch).step(spec), Map.of(), scope, 1);
    }

    private RunConfig config(long batch) {
        return new RunConfig(
                new RunConfig.Shape(name(), spec.depth(), spec.width(), spec.stemStride(), spec.modules()),
                new RunConfig.Passes(Math.toIntExact(batch), 1, 0, 1),
                DESCENT,
                new RunConfig.Source("synthetic", null, false),
                new RunConfig.Machine(1, "float"));
    }

    @Override
    public void fill(List<Tensor> entries) {
        SplittableRandom random = new SplittableRandom(1);
        Tensor images = entries.get(0);
        float[] pixels = new float[Math.toIntExact(images.shape().elements())];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextDouble() - 0.5f;
        }
        images.set(0, pixels, 0, pixels.length);
        Tensor labels = entries.get(1);
        labels.set(random.ints(labels.shape().elements(), 0, spec.classes()).toArray());
    }
}
