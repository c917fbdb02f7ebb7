package org.backpropaganda.experiments.model;

import java.util.List;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Layer;
import org.backpropaganda.autograd.technique.Pair;
import org.backpropaganda.autograd.technique.Part;

/** Makes the layers of one model, numbers its activations, and lets a run listen to both. */
public final class Layers {
    private static final double HEAD_DEVIATION = 0.01;

    private final ParameterFactory factory;
    private final double slope;
    private final Taps taps;
    private int activations;

    Layers(ParameterFactory factory, double slope, Taps taps) {
        this.factory = factory;
        this.slope = slope;
        this.taps = taps;
    }

    /** For layers that this has no method for. */
    public ParameterFactory factory() {
        return factory;
    }

    /** A convolution that feeds a batch norm, and so needs no bias. */
    public Conv2d convolution(int inputs, int outputs, int kernel, int stride) {
        return new Conv2d(factory, inputs, outputs, Window.square(kernel, stride, kernel / 2), false);
    }

    /** A 3×3 convolution of each channel by itself that feeds a batch norm. */
    public Conv2d depthwise(int channels, int stride) {
        return new Conv2d(
                factory, channels, channels, Window.square(3, stride, 1), channels, false, Initializer.heNormal());
    }

    /** The last layer, which starts with small logits: a loss of about the logarithm of the number of classes. */
    public Linear head(long inputs, int classes) {
        return new Linear(factory, inputs, classes, true, Initializer.normal(HEAD_DEVIATION));
    }

    /** A batch norm and a (leaky) ReLU, as the link {@code norm} and, where they are two, {@code act}, with a suffix. */
    public Chain.Link pair(String suffix, int channels) {
        BatchNorm norm = slope == 0 ? BatchNorm.withRelu(factory, channels) : new BatchNorm(factory, channels);
        int number = activations++;
        Pair.NamedActivation activation = new Pair.NamedActivation("act" + suffix, LeakyRelu.inPlace(slope));
        return new Chain.Link("norm" + suffix, new Pair(norm, activation, last -> noted(number, last)));
    }

    /** An activation that is no half of a pair. */
    public Part activation() {
        int number = activations++;
        return new Composite(List.of(new Layer(LeakyRelu.inPlace(slope))), parts -> noted(number, parts.get(0)));
    }

    private Module noted(int number, Module activation) {
        return new Tapped(activation, result -> taps.signs().note(number, result));
    }

    /** A module whose evaluations are counted, under the same names. */
    public Module counted(Module module) {
        return new Counted(module, taps::counted);
    }

    /** A part whose evaluations are counted as they begin: of a chain, with its first link, so that it stays a chain. */
    public Part counted(Part part) {
        if (part instanceof Chain chain
                && !chain.links().isEmpty()
                && !(chain.links().get(0).part() instanceof Pair)) {
            Chain.Link first = chain.links().get(0);
            return Chain.empty()
                    .with(first.name(), counted(first.part()))
                    .with(chain.part(1, chain.links().size()));
        }
        return new Composite(List.of(part), parts -> new Counted(parts.get(0), taps::counted));
    }
}
