package org.backpropaganda.experiments.reproduce;

import java.util.List;

/** {@code dni}: what networks learn from synthetic gradients, without and with labels, beside backpropagation. */
public final class DniReproduction implements Reproduction {
    private static final List<Part> PARTS = List.of(DniImages.mnist(), DniImages.cifar());

    @Override
    public String name() {
        return "dni";
    }

    @Override
    public String source() {
        return "Jaderberg et al. 2017, \"Decoupled Neural Interfaces using Synthetic Gradients\", § 3.1 and Table 2";
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
                "the publication makes 500000 steps of Adam at a rate of 3e-5, which falls to a tenth after 300000 and again"
                        + " after 400000; ours are fewer, at 1e-3 that falls after three and four fifths of them",
                "its predictors learn at the same rate as its layers, and so do ours; they learn the gradient of each example"
                        + " rather than of the batch, which is 256 times larger",
                "layers are counted with the last one, to the classes; in the convolutional network each other layer pools means"
                        + " over 3×3 pixels");
    }
}
