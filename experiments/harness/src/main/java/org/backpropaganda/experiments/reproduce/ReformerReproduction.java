package org.backpropaganda.experiments.reproduce;

import java.util.List;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.model.ModelSpec;
import org.jspecify.annotations.Nullable;

/** {@code reformer}: what a layer more of a transformer adds to what is held, where its layers are reversed and where not. */
public final class ReformerReproduction implements Reproduction {
    private static final int BATCH = 16;
    private static final int WIDTH = 128;
    private static final int FEW = 4;
    private static final int MANY = 12;
    private static final double KIBIBYTE = 1024;

    @Override
    public String name() {
        return "reformer";
    }

    @Override
    public String source() {
        return "Kitaev, Kaiser and Levskaya 2020, \"Reformer: The Efficient Transformer\", § 3 and Table 3";
    }

    static ModelSummary summary(int depth, String strategy) {
        ModelSpec.Images images = new ModelSpec.Images(64, 64, 3, 10);
        return ShapeSteps.summary(
                new ModelSpec("revvit", new ModelSpec.Size(depth, WIDTH), 1, images, DType.FLOAT), strategy, BATCH);
    }

    @Override
    public List<Figure> figures() {
        return List.of(
                layer("plain", null, "saved, a layer more"),
                layer("reversible", "0", "saved, a layer more"),
                peak("plain", null),
                peak("reversible", "0"),
                new Figure(
                        "reversible, computed once more",
                        "% of a step",
                        null,
                        SqrtReproduction.percentAgain(summary(MANY, "reversible")),
                        "of multiply-adds"));
    }

    private static Figure layer(String strategy, @Nullable String published, String what) {
        long added =
                (summary(MANY, strategy).savedBytes() - summary(FEW, strategy).savedBytes()) / (MANY - FEW);
        return new Figure(strategy + ", " + what, "KiB", published, added / KIBIBYTE, added + " bytes");
    }

    private static Figure peak(String strategy, @Nullable String published) {
        long added = (summary(MANY, strategy).peakActivationBytes().orElseThrow()
                        - summary(FEW, strategy).peakActivationBytes().orElseThrow())
                / (MANY - FEW);
        return new Figure(
                strategy + ", peak of activations, a layer more", "KiB", published, added / KIBIBYTE, added + " bytes");
    }

    @Override
    public List<String> differences() {
        return List.of(
                "the publication gives orders: with reversible layers the factor of the number of layers goes; ours are bytes, of "
                        + FEW + " and " + MANY + " blocks with " + WIDTH + " channels, 256 tokens and batch " + BATCH,
                "tokens are patches of images and attention is exact; weights and their gradients grow with depth in both");
    }
}
