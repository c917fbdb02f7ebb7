package org.backpropaganda.synthetic.predictor;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.jspecify.annotations.Nullable;

/** A map of the channels plus, where there are labels, a vector for each class, and perhaps layers behind that. */
abstract sealed class ChannelPredictor extends GradientPredictor
        permits LinearPredictor, ConvPredictor, MultilayerPredictor, MultilayerConvPredictor {
    private final List<Layout> layouts;
    private final long channels;
    private final long width;
    private final int classes;
    private final Module map;
    private final @Nullable Linear vectors;
    private final @Nullable Module rest;

    /** An affine map of its own, zero at first, to as many channels. */
    ChannelPredictor(
            ParameterFactory factory, List<Layout> layouts, long channels, int classes, String name, Module map) {
        this(factory, layouts, channels, classes, new Layers(name, map, channels, Initializer.zeros(), null));
    }

    /**
     * What a predictor is made of.
     *
     * @param name of the map
     * @param width how many channels the map gives
     * @param ofLabels draws the vectors of labels
     * @param rest what follows the sum, back to as many channels as the boundary's; null for nothing
     */
    record Layers(
            String name,
            Module map,
            long width,
            Initializer ofLabels,
            @Nullable Module rest) {}

    /** Registers the map, vectors unless there are no classes, and the rest. */
    ChannelPredictor(ParameterFactory factory, List<Layout> layouts, long channels, int classes, Layers layers) {
        this.layouts = layouts;
        this.channels = channels;
        this.classes = classes;
        width = layers.width();
        map = register(layers.name(), layers.map());
        vectors =
                classes == 0 ? null : register("labels", new Linear(factory, classes, width, false, layers.ofLabels()));
        rest = layers.rest() == null ? null : register("rest", layers.rest());
    }

    @Override
    public final boolean isConditioned() {
        return vectors != null;
    }

    @Override
    protected final List<Variable> forward(List<Variable> inputs) {
        Variable h = inputs.get(0);
        Layout.require(describe(), layouts, channels, h.spec());
        Variable sum = map.call(h);
        if (vectors != null) {
            sum = Labels.add(describe(), sum, inputs.get(1), h.shape(), vectors, classes, width);
        }
        if (rest == null) {
            return List.of(sum);
        }
        Variable result = rest.call(sum);
        sum.release();
        return List.of(result);
    }
}
