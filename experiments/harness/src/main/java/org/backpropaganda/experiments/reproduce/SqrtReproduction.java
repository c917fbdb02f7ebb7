package org.backpropaganda.experiments.reproduce;

import java.util.List;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.model.ModelSpec;

/** {@code sqrt}: what √n checkpoints hold of a residual network of a thousand layers, and what they compute again. */
public final class SqrtReproduction implements Reproduction {
    private static final int BATCH = 32;
    private static final int DEPTH = 62;
    private static final double GIGABYTE = 1e9;

    @Override
    public String name() {
        return "sqrt";
    }

    @Override
    public String source() {
        return "Chen et al. 2016, \"Training Deep Nets with Sublinear Memory Cost\", § 5: 1000 layers on images of 224×224";
    }

    static ModelSummary summary(int depth, String strategy) {
        ModelSpec.Images images = new ModelSpec.Images(224, 224, 3, 1000);
        return ShapeSteps.summary(
                new ModelSpec("resnet50", new ModelSpec.Size(depth, 64), 1, images, DType.FLOAT), strategy, BATCH);
    }

    /** What a step computes once more, of all that it computes: forward and twice as much backward. */
    static double percentAgain(ModelSummary summary) {
        return 100.0 * summary.repeatedMultiplyAdds().orElseThrow() / (3 * summary.multiplyAdds());
    }

    @Override
    public List<Figure> figures() {
        ModelSummary plain = summary(DEPTH, "plain");
        ModelSummary checkpointed = summary(DEPTH, "checkpoint:sqrt");
        long before = plain.peakTotalBytes().orElseThrow();
        long after = checkpointed.peakTotalBytes().orElseThrow();
        return List.of(
                new Figure("plain, peak of a step", "GB", "48", before / GIGABYTE, before + " bytes"),
                new Figure("√n checkpoints, peak of a step", "GB", "7", after / GIGABYTE, after + " bytes"),
                new Figure("plain over √n checkpoints", "times", "6.9", (double) before / after, ""),
                new Figure("computed once more", "% of a step", "30", percentAgain(checkpointed), "of multiply-adds"));
    }

    @Override
    public List<String> differences() {
        return List.of(
                "how a thousand layers stand in stages is not published; ours are 995 in 331 bottlenecks, in the proportions of"
                        + " ResNet-50",
                "theirs plans the buffers of a static graph, in which activations work in place; ours is the ledger's peak of a"
                        + " step, in which a convolution and its norm keep an input each",
                "their 30 % is of time; ours counts multiply-adds");
    }
}
