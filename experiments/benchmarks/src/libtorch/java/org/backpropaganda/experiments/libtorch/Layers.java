package org.backpropaganda.experiments.libtorch;

import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Layers as functions of named parameters. Each closes the handle of its input, so that only autograd holds it. */
final class Layers {
    private static final double EPSILON = 1e-5;
    private static final double MOMENTUM = 0.1;

    private final Parameters parameters;

    Layers(Parameters parameters) {
        this.parameters = parameters;
    }

    Tensor convolution(Tensor x, String name, long inputs, long outputs, long kernel, long stride, boolean withBias) {
        return convolution(x, name, inputs, outputs, kernel, stride, 1, withBias);
    }

    /** Each channel by itself. */
    Tensor depthwise(Tensor x, String name, long channels, long stride) {
        return convolution(x, name, channels, channels, 3, stride, channels, false);
    }

    private Tensor convolution(
            Tensor x,
            String name,
            long inputs,
            long outputs,
            long kernel,
            long stride,
            long groups,
            boolean withBias) {
        Tensor weight = parameters.weight(name + ".weight", outputs, inputs / groups, kernel, kernel);
        long[] strides = {stride, stride};
        long[] padding = {kernel / 2, kernel / 2};
        long[] dilation = {1, 1};
        try (x;
                TensorOptional bias = withBias
                        ? new TensorOptional(parameters.vector(name + ".bias", outputs, 0))
                        : new TensorOptional()) {
            return torch.conv2d(x, weight, bias, strides, padding, dilation, groups);
        }
    }

    Tensor batchNorm(Tensor x, String name, long channels) {
        try (x;
                TensorOptional gamma = new TensorOptional(parameters.vector(name + ".weight", channels, 1));
                TensorOptional beta = new TensorOptional(parameters.vector(name + ".bias", channels, 0));
                TensorOptional mean = new TensorOptional(parameters.buffer(name + ".running_mean", channels, 0));
                TensorOptional variance = new TensorOptional(parameters.buffer(name + ".running_var", channels, 1))) {
            return torch.batch_norm(x, gamma, beta, mean, variance, true, MOMENTUM, EPSILON, false);
        }
    }

    /** In place: the result is x itself. */
    Tensor relu(Tensor x) {
        torch.relu_(x);
        return x;
    }

    Tensor batchNormRelu(Tensor x, String name, long channels) {
        return relu(batchNorm(x, name, channels));
    }

    Tensor linear(Tensor x, String name, long inputs, long outputs, boolean withBias) {
        Tensor weight = parameters.weight(name + ".weight", outputs, inputs);
        if (!withBias) {
            try (x) {
                return torch.linear(x, weight);
            }
        }
        try (x;
                TensorOptional bias = new TensorOptional(parameters.vector(name + ".bias", outputs, 0))) {
            return torch.linear(x, weight, bias);
        }
    }

    /** Of the last axis. */
    Tensor layerNorm(Tensor x, String name, long width) {
        try (x;
                TensorOptional gamma = new TensorOptional(parameters.vector(name + ".weight", width, 1));
                TensorOptional beta = new TensorOptional(parameters.vector(name + ".bias", width, 0))) {
            return torch.layer_norm(x, new long[] {width}, gamma, beta, EPSILON, false);
        }
    }

    /** Of x [T, B, I], from states of zeros. */
    Tensor lstm(Tensor x, String name, long inputs, long width) {
        Tensor[] weights = {
            parameters.weight(name + ".weight_ih_l0", 4 * width, inputs),
            parameters.weight(name + ".weight_hh_l0", 4 * width, width),
            parameters.vector(name + ".bias_ih_l0", 4 * width, 0),
            parameters.vector(name + ".bias_hh_l0", 4 * width, 0)
        };
        try (x;
                TensorOptions options = x.options();
                Tensor h = torch.zeros(new long[] {1, x.size(1), width}, options);
                Tensor c = torch.zeros(new long[] {1, x.size(1), width}, options);
                TensorVector states = new TensorVector(h, c);
                TensorVector cell = new TensorVector(weights);
                T_TensorTensorTensor_T results = torch.lstm(x, states, cell, true, 1, 0, true, false, false)) {
            return new Tensor(results.get0());
        }
    }

    Tensor geluTanh(Tensor x) {
        try (x) {
            return torch.gelu(x, "tanh");
        }
    }

    /** The mean over an image's height and width. */
    Tensor globalAverage(Tensor x) {
        return mean(x, 2, 3);
    }

    Tensor mean(Tensor x, long... axes) {
        try (x) {
            return x.mean(axes);
        }
    }

    Tensor add(Tensor a, Tensor b) {
        try (a;
                b) {
            return a.add(b);
        }
    }
}
