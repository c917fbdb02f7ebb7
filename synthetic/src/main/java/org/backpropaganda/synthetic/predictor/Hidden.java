package org.backpropaganda.synthetic.predictor;

import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;

/**
 * The hidden layers of a predictor: each a map, perhaps a batch norm, and a ReLU.
 *
 * @param layers at least 1
 * @param width units, or channels
 * @param normalised whether each has a batch norm
 */
public record Hidden(int layers, int width, boolean normalised) {

    /** Checks the sizes. */
    public Hidden {
        if (layers < 1 || width < 1) {
            throw new IllegalArgumentException("hidden layers: " + layers + " of width " + width
                    + "; give at least one of at least one, or take a predictor without any");
        }
    }

    /** With batch norm. */
    public static Hidden normalised(int layers, int width) {
        return new Hidden(layers, width, true);
    }

    /** Makes the map of one layer. */
    @FunctionalInterface
    interface MapOf {
        Module of(long inputs, long outputs, boolean withBias, Initializer initializer);
    }

    /**
     * The layers of a predictor: the first map is what labels are added to, the last one is zero at first, weights and bias.
     *
     * @param name of the maps, as {@code linear}
     */
    ChannelPredictor.Layers layers(ParameterFactory factory, String name, long channels, MapOf maps) {
        Module first = maps.of(channels, width, !normalised, Initializer.heNormal());
        Map<String, Module> rest = new LinkedHashMap<>();
        rest.put(activationName(0), activation(factory));
        for (int i = 1; i < layers; i++) {
            rest.put(name + i, maps.of(width, width, !normalised, Initializer.heNormal()));
            rest.put(activationName(i), activation(factory));
        }
        rest.put(name + layers, maps.of(width, channels, true, Initializer.zeros()));
        return new ChannelPredictor.Layers(name, first, width, Initializer.heNormal(), new Sequential(rest));
    }

    private String activationName(int layer) {
        return (normalised ? "norm" : "act") + layer;
    }

    private Module activation(ParameterFactory factory) {
        return normalised ? BatchNorm.withRelu(factory, width) : Activation.relu();
    }
}
