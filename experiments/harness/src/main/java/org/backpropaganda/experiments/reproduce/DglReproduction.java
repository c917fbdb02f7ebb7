package org.backpropaganda.experiments.reproduce;

import java.util.List;

/** {@code dgl}: what a network of images learns greedily, module by module, beside backpropagation. */
public final class DglReproduction implements Reproduction {
    private static final List<Part> PARTS = List.of(new DniImages(
            "cifar",
            "cifar10",
            "dni-cnn",
            List.of(new DniImages.Method("BP", "plain"), new DniImages.Method("DGL", "dgl")),
            List.of(new DniImages.Row(3, List.of("15.5", "14.9")))));

    @Override
    public String name() {
        return "dgl";
    }

    @Override
    public String source() {
        return "Belilovsky et al. 2020, \"Decoupled Greedy Learning of CNNs\", and the training logs published with it: a"
                + " convolutional network of three layers on CIFAR-10";
    }

    @Override
    public List<Figure> figures() {
        return List.of();
    }

    @Override
    public List<Part> parts() {
        return PARTS;
    }

    @Override
    public List<String> differences() {
        return List.of(
                "their logs are of 1,500 to 2,000 passes of Adam at a rate of 3e-5; ours are fewer steps at 1e-3, which falls after"
                        + " three and four fifths of them",
                "auxiliary classifiers are a linear map of means over a few pixels, where theirs have convolutions or three layers");
    }
}
