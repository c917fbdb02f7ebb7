package org.backpropaganda.experiments.model;

import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;

/** Makes the layers of one model, and numbers its activations. */
final class Layers {
    private static final double HEAD_DEVIATION = 0.01;

    private final ParameterFactory factory;
    private final double slope;
    private int pairs;

    Layers(ParameterFactory factory, double slope) {
        this.factory = factory;
        this.slope = slope;
    }

    ParameterFactory factory() {
        return factory;
    }

    /** A convolution that feeds a batch norm, and so needs no bias. */
    Conv2d convolution(int inputs, int outputs, int kernel, int stride) {
        return new Conv2d(factory, inputs, outputs, Window.square(kernel, stride, kernel / 2), false);
    }

    /** A 3×3 convolution of each channel by itself that feeds a batch norm. */
    Conv2d depthwise(int channels, int stride) {
        return new Conv2d(
                factory, channels, channels, Window.square(3, stride, 1), channels, false, Initializer.heNormal());
    }

    /** The last layer, which starts with small logits: a loss of about the logarithm of the number of classes. */
    Linear head(long inputs, int classes) {
        return new Linear(factory, inputs, classes, true, Initializer.normal(HEAD_DEVIATION));
    }

    NormPair pair(int channels) {
        BatchNorm norm = slope == 0 ? BatchNorm.withRelu(factory, channels) : new BatchNorm(factory, channels);
        return new NormPair(pairs++, norm, LeakyRelu.inPlace(slope));
    }

    int pairs() {
        return pairs;
    }

    LeakyRelu activation() {
        return LeakyRelu.inPlace(slope);
    }

    /** The number of an activation that is no half of a pair. */
    int number() {
        return pairs++;
    }
}
