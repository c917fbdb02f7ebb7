package org.backpropaganda.experiments.reproduce;

import java.util.List;
import java.util.function.BiFunction;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.Shape;

/** {@code abn}: what in-place activated batch norm saves of the activations of whole models. */
public final class AbnReproduction implements Reproduction {
    static final Shape IMAGES = Shape.of(256, 224, 224, 3);
    private static final int LENGTH = 16;

    @Override
    public String name() {
        return "abn";
    }

    @Override
    public String source() {
        return "Rota Bulò et al. 2018, \"In-Place Activated BatchNorm for Memory-Optimized Training of DNNs\", and reports of"
                + " users";
    }

    static long savedBytes(boolean inPlace, BiFunction<ResidualBottlenecks, ParameterFactory, Module> make) {
        return ShapeSteps.summary(factory -> make.apply(new ResidualBottlenecks(inPlace), factory), IMAGES)
                .savedBytes();
    }

    @Override
    public List<Figure> figures() {
        return List.of(
                saving("saving on a chain of " + LENGTH + " convolutions", "up to 50", (model, factory) ->
                        model.chain(factory, LENGTH)),
                saving("saving on ResNet-50, batch 256, 224×224", "about 15", ResidualBottlenecks::resnet50));
    }

    private static Figure saving(
            String what, String published, BiFunction<ResidualBottlenecks, ParameterFactory, Module> make) {
        long plain = savedBytes(false, make);
        long inPlace = savedBytes(true, make);
        return new Figure(
                what, "%", published, 100.0 * (plain - inPlace) / plain, plain + " → " + inPlace + " bytes of activations");
    }

    @Override
    public List<String> differences() {
        return List.of(
                "the authors' 50 % is a pair's own: input and output of norm and activation become one buffer; a chain comes near"
                        + " it, since its signs go too",
                "in a residual unit the sum, and the norm in front of it, have no pair of their own: of the 12 quarter-width images"
                        + " that a bottleneck keeps, 2 go",
                "users' 15 % is of the whole process of another network, CasMVSNet, with weights, workspaces and what the"
                        + " allocator holds; ours is activations alone");
    }
}
