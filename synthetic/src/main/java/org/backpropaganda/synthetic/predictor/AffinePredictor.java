package org.backpropaganda.synthetic.predictor;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.OneHot;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** An affine map of the channels plus, where there are labels, a vector for each class, all zero at first. */
abstract sealed class AffinePredictor extends GradientPredictor permits LinearPredictor, ConvPredictor {
    private final Module map;
    private final String layout;
    private final int rank;
    private final long channels;
    private final int classes;
    private final @Nullable Linear embedding;

    /**
     * Registers the map, and an embedding unless there are no classes.
     *
     * @param layout of h, with the channels last, as errors show it
     * @param classes 0 for none
     */
    AffinePredictor(
            ParameterFactory factory, String name, Module map, String layout, int rank, long channels, int classes) {
        this.map = register(name, map);
        this.layout = layout;
        this.rank = rank;
        this.channels = channels;
        this.classes = classes;
        embedding = classes == 0
                ? null
                : register("labels", new Linear(factory, classes, channels, false, Initializer.zeros()));
    }

    static int requireClasses(String predictor, int classes) {
        if (classes < 1) {
            throw new IllegalArgumentException(predictor + ": " + classes
                    + " classes; give at least one, or none at all to predict without labels");
        }
        return classes;
    }

    @Override
    public final boolean isConditioned() {
        return embedding != null;
    }

    @Override
    protected final List<Variable> forward(List<Variable> inputs) {
        Variable h = inputs.get(0);
        Shape shape = h.shape();
        if (shape.rank() != rank || shape.dim(-1) != channels) {
            throw new ShapeException(getClass().getSimpleName() + ": the boundary is " + h.spec() + ", made for "
                    + layout + " with " + channels + " channels");
        }
        Variable mapped = map.call(h);
        if (embedding == null) {
            return List.of(mapped);
        }
        Tensor rows = OneHot.encode(h.tape().scope(), inputs.get(1).value(), classes, h.dtype());
        Variable oneHot = h.tape().constant(rows);
        rows.close();
        Variable embedded = embedding.call(oneHot);
        oneHot.release();
        long[] perExample = Shape.of(channels).padded(rank).toArray();
        perExample[0] = shape.dim(0);
        Variable sum = Add.add(mapped, Reshape.reshape(embedded, perExample));
        mapped.release();
        return List.of(sum);
    }
}
