package org.backpropaganda.experiments.reproduce;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.Shape;

/** {@code revnet}: activation bytes, and with training the accuracies, of the residual and reversible networks of memcnn. */
public final class RevnetReproduction implements Reproduction {
    static final Shape IMAGES = Shape.of(100, 32, 32, 3);
    private static final int CLASSES = 10;
    private static final double MEBIBYTE = 1 << 20;

    /** A row of the table. */
    record Network(String name, PreactivatedNetwork network, String publishedMebibytes) {}

    static final List<Network> NETWORKS = List.of(
            residual("ResNet-32", 5, List.of(16, 16, 32, 64), false, "238.6"),
            reversible("RevNet-38", 3, List.of(32, 32, 64, 112), false, "85.6"),
            residual("ResNet-110", 18, List.of(16, 16, 32, 64), false, "810.7"),
            reversible("RevNet-110", 9, List.of(32, 32, 64, 128), false, "85.7"),
            residual("ResNet-164", 18, List.of(16, 16, 32, 64), true, "2452.8"),
            reversible("RevNet-164", 9, List.of(32, 32, 64, 128), true, "432.7"));

    private static Network residual(
            String name, int units, List<Integer> filters, boolean bottleneck, String published) {
        return network(name, units, filters, bottleneck, PreactivatedNetwork.Kind.RESIDUAL, published);
    }

    private static Network reversible(
            String name, int units, List<Integer> filters, boolean bottleneck, String published) {
        return network(name, units, filters, bottleneck, PreactivatedNetwork.Kind.REVERSED, published);
    }

    private static Network network(
            String name,
            int units,
            List<Integer> filters,
            boolean bottleneck,
            PreactivatedNetwork.Kind kind,
            String published) {
        return new Network(
                name, new PreactivatedNetwork(List.of(units, units, units), filters, bottleneck, kind), published);
    }

    @Override
    public String name() {
        return "revnet";
    }

    @Override
    public String source() {
        return "van de Leemput et al. 2019, \"MemCNN: A Python/PyTorch package for creating memory-efficient invertible neural"
                + " networks\", and its README: CIFAR-10, batch 100";
    }

    static long savedBytes(PreactivatedNetwork network) {
        return ShapeSteps.summary(factory -> network.build(factory, 3, CLASSES), IMAGES)
                .savedBytes();
    }

    @Override
    public List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        for (Network each : NETWORKS) {
            long bytes = savedBytes(each.network());
            figures.add(new Figure(
                    each.name() + " activations",
                    "MiB",
                    each.publishedMebibytes(),
                    bytes / MEBIBYTE,
                    bytes + " bytes"));
        }
        return figures;
    }

    @Override
    public List<Figure> trained(Training training, Progress progress) {
        List<Figure> figures = new ArrayList<>();
        String note = training.steps() + " steps where the publication makes 80000";
        figures.addAll(accuracies(NETWORKS.get(0), "92.86", note, training, progress));
        figures.addAll(accuracies(NETWORKS.get(1), "92.80", note, training, progress));
        return figures;
    }

    private static List<Figure> accuracies(
            Network network, String published, String note, Training training, Progress progress) {
        List<Figure> figures = new ArrayList<>();
        for (int seed = 1; seed <= training.seeds(); seed++) {
            String what = network.name() + " accuracy, seed " + seed;
            double accuracy = CifarTraining.accuracy(
                    network.network(), training, seed, (step, of) -> progress.at(what, step, of));
            figures.add(new Figure(what, "%", published, 100 * accuracy, note));
        }
        return figures;
    }

    @Override
    public List<String> differences() {
        return List.of(
                "theirs is in MB, read here as MiB, which allocators report",
                "theirs is what a GPU's allocator reported, in blocks of 512 bytes; ours is the ledger's exact count of what"
                        + " is held between loss and backward, docs/reversible.md says how each byte arises",
                "ReLU keeps its output there, which the convolution behind it keeps anyway; here it keeps a bit an element"
                        + " beside that",
                "the streams of a stage are joined in the last step of its sequence, so that the norm behind it reads the very"
                        + " tensor that is kept");
    }
}
