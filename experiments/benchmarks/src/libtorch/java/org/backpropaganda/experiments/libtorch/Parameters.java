package org.backpropaganda.experiments.libtorch;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.experiments.bench.Peer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** The parameters of a model by the names that this library gives them, made when they are first asked for. */
final class Parameters {
    private final boolean channelsLast;
    private final torch.ScalarType type;
    private final Map<String, Peer.Weight> given;
    private final Map<String, Tensor> made = new LinkedHashMap<>();
    private final Map<String, Tensor> buffers = new LinkedHashMap<>();

    Parameters(boolean channelsLast, torch.ScalarType type, Map<String, Peer.Weight> given) {
        this.channelsLast = channelsLast;
        this.type = type;
        this.given = given;
    }

    /** A convolution's or a linear layer's weight: the given one, or normal with variance 2 / fan-in. */
    Tensor weight(String name, long... shape) {
        return made.computeIfAbsent(name, n -> {
            long fanIn = Arrays.stream(shape).skip(1).reduce(1, (a, b) -> a * b);
            try (Tensor drawn = given.isEmpty() ? scaled(torch.randn(shape), Math.sqrt(2.0 / fanIn)) : given(n, shape);
                    Tensor typed = drawn.to(type)) {
                return leaf(typed);
            }
        });
    }

    /** A vector: the given one, or all of one value. */
    Tensor vector(String name, long size, double value) {
        return made.computeIfAbsent(name, n -> {
            try (Tensor filled = given.isEmpty() ? filled(size, value) : given(n, size);
                    Tensor typed = filled.to(type)) {
                return leaf(typed);
            }
        });
    }

    /** State without a gradient. */
    Tensor buffer(String name, long size, double value) {
        return buffers.computeIfAbsent(name, n -> filled(size, value));
    }

    private Tensor filled(long size, double value) {
        try (Tensor ones = torch.ones(size)) {
            return scaled(ones.to(type), value);
        }
    }

    private static Tensor scaled(Tensor tensor, double factor) {
        tensor.mul_(new Scalar(factor));
        return tensor;
    }

    private Tensor given(String name, long... shape) {
        Peer.Weight weight = given.get(name);
        if (weight == null || !Arrays.equals(weight.shape(), shape)) {
            throw new IllegalStateException("no weight " + name + " of shape " + Arrays.toString(shape) + ", but "
                    + (weight == null ? given.keySet() : Arrays.toString(weight.shape())));
        }
        try (DoublePointer pointer = new DoublePointer(weight.values());
                TensorOptions options = new TensorOptions(torch.ScalarType.Double);
                Tensor borrowed = torch.from_blob(pointer, shape, options)) {
            return borrowed.clone();
        }
    }

    /** A tensor of its own memory. */
    Tensor copy(float[] values, long... shape) {
        try (FloatPointer pointer = new FloatPointer(values);
                Tensor borrowed = torch.from_blob(pointer, shape);
                Tensor typed = borrowed.to(type)) {
            return typed.clone();
        }
    }

    private Tensor leaf(Tensor values) {
        Tensor laidOut = channelsLast && values.dim() == 4
                ? values.contiguous(torch.MemoryFormat.ChannelsLast)
                : values.contiguous();
        laidOut.set_requires_grad(true);
        return laidOut;
    }

    Map<String, Tensor> all() {
        return made;
    }
}
