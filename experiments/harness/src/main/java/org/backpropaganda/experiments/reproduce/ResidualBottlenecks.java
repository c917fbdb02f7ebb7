package org.backpropaganda.experiments.reproduce;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.reversible.abn.InPlaceAbn;

/**
 * Networks for images of 224×224 with leaky ReLU behind each batch norm, as two layers or as one in place.
 *
 * @param inPlace whether as one
 */
record ResidualBottlenecks(boolean inPlace) {
    private static final double SLOPE = 0.01;
    private static final int EXPANSION = 4;
    private static final int STEM = 64;
    private static final List<Integer> UNITS = List.of(3, 4, 6, 3);

    /** ResNet-50: He et al. 2016, "Deep Residual Learning for Image Recognition", Table 1. */
    Module resnet50(ParameterFactory factory) {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("stem", new Conv2d(factory, 3, STEM, Window.square(7, 2, 3), false));
        links.put("norm", normed(factory, STEM));
        links.put("pool", Pool2d.max(Window.square(3, 2, 1)));
        int inputs = STEM;
        for (int stage = 0; stage < UNITS.size(); stage++) {
            int planes = STEM << stage;
            for (int unit = 0; unit < UNITS.get(stage); unit++) {
                links.put("unit" + stage + "_" + unit, unit(factory, inputs, planes, stage > 0 && unit == 0 ? 2 : 1));
                inputs = EXPANSION * planes;
            }
        }
        links.put("mean", Pool2d.globalAverage());
        links.put("head", new Linear(factory, inputs, 1000, true));
        return new Sequential(links);
    }

    /** Convolutions of 64 channels one after another, each with norm and activation and nothing beside. */
    Module chain(ParameterFactory factory, int length) {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("stem", new Conv2d(factory, 3, STEM, Window.square(3, 4, 1), false));
        links.put("norm", normed(factory, STEM));
        for (int i = 0; i < length; i++) {
            links.put("conv" + i, new Conv2d(factory, STEM, STEM, Window.square(3, 1, 1), false));
            links.put("norm" + i, normed(factory, STEM));
        }
        links.put("last", new Conv2d(factory, STEM, STEM, Window.square(3, 1, 1), false));
        links.put("mean", Pool2d.globalAverage());
        links.put("head", new Linear(factory, STEM, 1000, true));
        return new Sequential(links);
    }

    private Module unit(ParameterFactory factory, int inputs, int planes, int stride) {
        int outputs = EXPANSION * planes;
        Module body = new Sequential(
                new Conv2d(factory, inputs, planes, Window.square(1, 1, 0), false),
                normed(factory, planes),
                new Conv2d(factory, planes, planes, Window.square(3, stride, 1), false),
                normed(factory, planes),
                new Conv2d(factory, planes, outputs, Window.square(1, 1, 0), false),
                new BatchNorm(factory, outputs));
        Module residual = inputs == outputs
                ? new Residual(body)
                : new Residual(
                        body,
                        new Sequential(
                                new Conv2d(factory, inputs, outputs, Window.square(1, stride, 0), false),
                                new BatchNorm(factory, outputs)));
        return new Sequential(residual, LeakyRelu.inPlace(SLOPE));
    }

    private Module normed(ParameterFactory factory, int channels) {
        return inPlace
                ? new InPlaceAbn(factory, channels, SLOPE)
                : new Sequential(new BatchNorm(factory, channels), LeakyRelu.inPlace(SLOPE));
    }
}
