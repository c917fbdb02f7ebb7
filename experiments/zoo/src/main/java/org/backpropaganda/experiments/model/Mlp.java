package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.synthetic.GradientPredictor;
import org.backpropaganda.synthetic.LinearPredictor;

/** Linear layers of equal width, each with batch norm and leaky ReLU, and a linear head. */
final class Mlp extends Architecture {
    private final Layers layers;
    private final List<Linear> linears = new ArrayList<>();
    private final List<NormPair> pairs = new ArrayList<>();
    private final Linear head;

    Mlp(ModelSpec spec, Layers layers) {
        super(spec, layers.factory());
        this.layers = layers;
        long inputs = (long) spec.height() * spec.columns() * spec.channels();
        for (int i = 0; i < spec.depth(); i++) {
            linears.add(new Linear(layers.factory(), inputs, spec.width(), false));
            pairs.add(layers.pair(spec.width()));
            inputs = spec.width();
        }
        head = layers.head(inputs, spec.classes());
    }

    @Override
    Map<String, Module> entry(boolean abn, Taps taps) {
        return Map.of("flatten", new Activation(Reshape::flatten));
    }

    @Override
    List<Module> blocks(boolean abn, Taps taps) {
        List<Module> blocks = new ArrayList<>();
        for (int i = 0; i < linears.size(); i++) {
            Map<String, Module> links = new LinkedHashMap<>();
            links.put("linear", linears.get(i));
            pairs.get(i).addTo(links, "", abn, taps);
            blocks.add(new Tapped(new Sequential(links), taps::counted));
        }
        return blocks;
    }

    @Override
    Map<String, Module> exit() {
        return Map.of("head", head);
    }

    @Override
    int abnPairs() {
        return layers.pairs();
    }

    @Override
    GradientPredictor predictor(int block, ParameterFactory factory) {
        return new LinearPredictor(factory, spec().width(), spec().classes());
    }
}
