package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Lstm;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.RecurrentSettings;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Transpose;

/**
 * Pixels as steps, in reading order: layers of long short-term memory, the mean of what the last one says, and a linear
 * head.
 */
final class Recurrent extends Architecture {
    private final List<Module> blocks = new ArrayList<>();
    private final Linear head;

    Recurrent(ModelSpec spec, Layers layers) {
        super(spec, layers.factory());
        long inputs = spec.channels();
        for (int i = 0; i < spec.depth(); i++) {
            blocks.add(new Lstm(layers.factory(), inputs, spec.width(), RecurrentSettings.ONE_LAYER.withKeptGates()));
            inputs = spec.width();
        }
        head = layers.head(spec.width(), spec.classes());
    }

    @Override
    Map<String, Module> entry(boolean abn, Taps taps) {
        long steps = (long) spec().height() * spec().columns();
        Map<String, Module> links = new LinkedHashMap<>();
        links.put(
                "steps",
                new Activation(x -> Transpose.transpose(Reshape.reshape(x, -1, steps, spec().channels()), 1, 0, 2)));
        return links;
    }

    @Override
    List<Module> blocks(boolean abn, Taps taps) {
        return blocks.stream()
                .<Module>map(block -> new Tapped(block, taps::counted))
                .toList();
    }

    @Override
    Map<String, Module> exit() {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("mean", new Activation(x -> Mean.mean(x, 0)));
        links.put("head", head);
        return links;
    }
}
