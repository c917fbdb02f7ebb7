package org.backpropaganda.experiments.jmh;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;

/**
 * oneDNN by its own C++ interface, on memory of its own, with weights that lie in the layout it likes best and arguments
 * that never change: what kernels of this library are measured against.
 */
final class BareOneDnn {
    private static final long[] ONE = {1, 1};
    private static final float FILL = 0.5f;

    private final engine cpu = new engine(engine.kind.cpu, 0);
    private final stream calls = new stream(cpu);
    private final IntMemoryMap arguments = new IntMemoryMap();
    private final primitive kernel;

    /** The passes of a convolution. */
    enum Pass {
        FORWARD,
        BACKWARD_DATA,
        BACKWARD_WEIGHTS
    }

    /** A product of two square matrices. */
    BareOneDnn(long side) {
        memory.desc square = plain(memory.format_tag.ab, side, side);
        kernel = new matmul(new matmul.primitive_desc(cpu, square, square, square));
        argument(dnnl.DNNL_ARG_SRC, square);
        argument(dnnl.DNNL_ARG_WEIGHTS, square);
        argument(dnnl.DNNL_ARG_DST, square);
    }

    /** A 3×3 convolution, stride 1, that keeps the number of channels. */
    BareOneDnn(Pass pass, long batch, long channels, long side) {
        memory.desc image = plain(memory.format_tag.nhwc, batch, channels, side, side);
        memory.desc any = plain(memory.format_tag.any, channels, channels, 3, 3);
        convolution_forward.primitive_desc forward = new convolution_forward.primitive_desc(
                cpu,
                dnnl.prop_kind.forward_training,
                dnnl.algorithm.convolution_direct,
                image,
                any,
                image,
                ONE,
                ONE,
                ONE);
        switch (pass) {
            case FORWARD -> {
                kernel = new convolution_forward(forward);
                argument(dnnl.DNNL_ARG_SRC, image);
                argument(dnnl.DNNL_ARG_WEIGHTS, forward.weights_desc());
                argument(dnnl.DNNL_ARG_DST, image);
            }
            case BACKWARD_DATA -> {
                convolution_backward_data.primitive_desc backward = new convolution_backward_data.primitive_desc(
                        cpu, dnnl.algorithm.convolution_direct, image, any, image, ONE, ONE, ONE, forward);
                kernel = new convolution_backward_data(backward);
                argument(dnnl.DNNL_ARG_DIFF_DST, image);
                argument(dnnl.DNNL_ARG_WEIGHTS, backward.weights_desc());
                argument(dnnl.DNNL_ARG_DIFF_SRC, image);
            }
            case BACKWARD_WEIGHTS -> {
                convolution_backward_weights.primitive_desc backward = new convolution_backward_weights.primitive_desc(
                        cpu, dnnl.algorithm.convolution_direct, image, any, image, ONE, ONE, ONE, forward);
                kernel = new convolution_backward_weights(backward);
                argument(dnnl.DNNL_ARG_SRC, image);
                argument(dnnl.DNNL_ARG_DIFF_DST, image);
                argument(dnnl.DNNL_ARG_DIFF_WEIGHTS, backward.diff_weights_desc());
            }
            default -> throw new IllegalArgumentException("no pass " + pass);
        }
    }

    private static memory.desc plain(memory.format_tag layout, long... dims) {
        return new memory.desc(dims, memory.data_type.f32, layout);
    }

    private void argument(int number, memory.desc layout) {
        memory room = new memory(layout, cpu);
        FloatPointer floats = new FloatPointer(room.get_data_handle()).capacity(layout.get_size() / Float.BYTES);
        for (long i = 0; i < floats.capacity(); i++) {
            floats.put(i, FILL);
        }
        arguments.put(number, room);
    }

    /** Runs it once. */
    void run() {
        kernel.execute(calls, arguments);
        calls._wait();
    }
}
