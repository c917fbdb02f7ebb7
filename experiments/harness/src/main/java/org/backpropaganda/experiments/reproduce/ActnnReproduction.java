package org.backpropaganda.experiments.reproduce;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.model.ModelSpec;
import org.jspecify.annotations.Nullable;

/** {@code actnn}: bytes of saved tensors of ResNet-50 in two and four bits. */
public final class ActnnReproduction implements Reproduction {
    private static final int BATCH = 64;
    private static final double MEGABYTE = 1e6;
    private static final List<Packed> PACKED =
            List.of(new Packed("save:q2", "651", "3446", "12"), new Packed("save:q4", null, null, "8.1"));

    /** What was published of a number of bits: megabytes saved and at the peak, and by how much less is saved. */
    private record Packed(
            String strategy,
            @Nullable String saved,
            @Nullable String peak,
            String ratio) {}

    @Override
    public String name() {
        return "actnn";
    }

    @Override
    public String source() {
        return "Chen et al. 2021, \"ActNN: Reducing Training Memory Footprint via 2-Bit Activation Compressed Training\", and Liu"
                + " et al. 2022, \"GACT\", with an issue of its repository: ResNet-50, batch 64";
    }

    static ModelSummary summary(String strategy) {
        ModelSpec.Images images = new ModelSpec.Images(224, 224, 3, 1000);
        return ShapeSteps.summary(
                new ModelSpec("resnet50", new ModelSpec.Size(3, 64), 1, images, DType.FLOAT), strategy, BATCH);
    }

    @Override
    public List<Figure> figures() {
        ModelSummary plain = summary("plain");
        List<Figure> figures = new ArrayList<>();
        figures.add(bytes("plain, saved", "5209", plain.savedBytes()));
        figures.add(
                bytes("plain, peak of a step", "5641", plain.peakTotalBytes().orElseThrow()));
        for (Packed row : PACKED) {
            ModelSummary packed = summary(row.strategy);
            figures.add(bytes(row.strategy + ", saved", row.saved, packed.savedBytes()));
            figures.add(bytes(
                    row.strategy + ", peak of a step",
                    row.peak,
                    packed.peakTotalBytes().orElseThrow()));
            figures.add(new Figure(
                    "plain over " + row.strategy + ", saved",
                    "times",
                    row.ratio,
                    (double) plain.savedBytes() / packed.savedBytes(),
                    ""));
        }
        return figures;
    }

    private static Figure bytes(String what, @Nullable String published, long bytes) {
        return new Figure(what, "MB", published, bytes / MEGABYTE, bytes + " bytes");
    }

    @Override
    public List<String> differences() {
        return List.of(
                "12 is the headline of ActNN in two bits against saves in float; 8.1 that of GACT, whose bits adapt; megabytes"
                        + " are an issue's, of GACT at its level 2.2",
                "ReLU keeps a whole image there; here it keeps a bit an element before anything is packed, so that less is left to"
                        + " save",
                "the peak falls by less than what is saved, there and here: backward holds an image unpacked, and gradients");
    }
}
