package org.backpropaganda.experiments.fit;

import java.util.List;
import org.backpropaganda.experiments.Services;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.text.Gpt2;

/** The models whose largest batches are looked for. */
final class SizedModels {
    private static final ModelSpec.Images IMAGENET = new ModelSpec.Images(224, 224, 3, 1000);

    private SizedModels() {}

    static List<SizedModel> all() {
        return List.of(
                SizedImages.of(
                        "ResNet-50",
                        "resnet50",
                        new ModelSpec.Size(3, 64),
                        IMAGENET,
                        " Deviations from what was published: leaky ReLU, which in-place activated norms can undo, and"
                                + " strides in the 3×3 convolutions (version 1.5)."),
                new SizedText("GPT-2 small", Gpt2.small()),
                SizedImages.of(
                        "i-RevNet",
                        "irevnet",
                        new ModelSpec.Size(16, 32),
                        IMAGENET,
                        " Deviations from what was published: the architecture has three stages of equally many blocks, so"
                                + " that the 100 blocks of the paper's four stages (6, 16, 72 and 6) cannot be set; these"
                                + " are 48, of which the first stage stays at the resolution of the image, behind a"
                                + " convolution that widens it to 32 channels."));
    }

    /**
     * The model of a name.
     *
     * @throws UserException that lists those that are there, if none has it
     */
    static SizedModel find(String name) {
        return all().stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UserException("unknown model '" + name + "': choose "
                        + Services.choice(all().stream().map(SizedModel::name).toList())));
    }
}
