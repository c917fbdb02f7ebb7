package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_convolution_backward_data_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_convolution_backward_weights_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_convolution_direct;
import static org.bytedeco.dnnl.global.dnnl.dnnl_convolution_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;

import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.ConvolutionKernel;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions on channels-last images. Weights are kept in the plain layout [O, I/groups, kH, kW]; where a primitive
 * wants them blocked they are reordered into counted scratch.
 */
final class OneDnnConvolution implements ConvolutionKernel {
    /** Of a slice whose result is added while it is in the cache: 1 MiB. */
    private static final long SLICE_ELEMENTS = 1 << 18;

    private final OneDnn oneDnn;
    private final WeightLayout weightLayout;
    private final OneDnnBinary binary;

    OneDnnConvolution(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
        this.weightLayout = new WeightLayout(oneDnn);
        this.binary = new OneDnnBinary(oneDnn);
    }

    private enum Direction {
        FORWARD,
        BACKWARD_DATA,
        BACKWARD_WEIGHTS
    }

    private record Key(Direction direction, Window window, int groups, Shape x, Shape w, Shape y, boolean bias) {
        /**
         * oneDNN 3.11 forward, with weights in the layout it likes best: for one input channel and a single output column
         * it forgets a horizontal stride from the second row on. Plain weights lead it to another implementation.
         */
        boolean readsWrongRowsIfBlocked() {
            return direction == Direction.FORWARD && x.dim(3) == 1 && y.dim(2) == 1 && window.strideW() > 1;
        }

        /**
         * oneDNN 3.11 jit_1x1 gathers what a stride skips into a buffer first; with fewer input channels than a vector
         * holds, the gradient of the weights reads that buffer wrongly.
         */
        boolean gathersTooFewChannels() {
            return direction == Direction.BACKWARD_WEIGHTS
                    && window.kernelH() * window.kernelW() == 1
                    && window.strideH() * window.strideW() > 1
                    && x.dim(3) / groups < 16;
        }
    }

    @Override
    public void forward(Window window, int groups, Tensor x, Tensor w, @Nullable Tensor bias, Tensor y) {
        Tensor fused = bias != null && biasGoesApart(window, x.shape()) ? null : bias;
        Key key = new Key(Direction.FORWARD, window, groups, x.shape(), w.shape(), y.shape(), fused != null);
        Primitive primitive = oneDnn.acquire(key, OneDnnConvolution::compile);
        try {
            weightLayout.read(primitive, DNNL_ARG_WEIGHTS, groups, w, weights -> {
                if (fused != null) {
                    primitive.execute(x, weights, y, fused);
                } else {
                    primitive.execute(x, weights, y);
                }
            });
        } finally {
            primitive.release();
        }
        if (bias != null && fused == null) {
            binary.apply(BinaryKernel.Function.ADD, y, bias, y);
        }
    }

    /**
     * oneDNN 3.11 brgemm_convolution_fwd with a bias reads through a null pointer where it meets a block of output columns
     * that see nothing but padding; a block may be two columns. Without a bias it writes zeros there.
     */
    private static boolean biasGoesApart(Window window, Shape x) {
        return window.padW() > 0 && window.paddingColumns(x.dim(2)) > 1;
    }

    @Override
    public void backwardData(Window window, int groups, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        if (accumulate) {
            addBackwardData(window, groups, dy, w, dx);
            return;
        }
        Key key = new Key(Direction.BACKWARD_DATA, window, groups, dx.shape(), w.shape(), dy.shape(), false);
        Primitive primitive = oneDnn.acquire(key, OneDnnConvolution::compile);
        try {
            weightLayout.read(primitive, DNNL_ARG_WEIGHTS, groups, w, weights -> primitive.execute(dy, weights, dx));
        } finally {
            primitive.release();
        }
    }

    /**
     * The primitive cannot add to what is there. A few images at a time, its result is still in the cache when it is
     * added, and takes little memory.
     */
    private void addBackwardData(Window window, int groups, Tensor dy, Tensor w, Tensor dx) {
        long images = dx.shape().dim(0);
        long imageElements = dx.elements() / images;
        long slice = Math.min(images, Math.max(oneDnn.threads(), SLICE_ELEMENTS / imageElements));
        Tensor more = oneDnn.scratch().allocate(dx.shape().with(0, slice), DType.FLOAT, MemoryKind.SCRATCH);
        try {
            long gradients = dy.elements() / images;
            for (long from = 0; from < images; from += slice) {
                long count = Math.min(slice, images - from);
                Key key = new Key(
                        Direction.BACKWARD_DATA,
                        window,
                        groups,
                        dx.shape().with(0, count),
                        w.shape(),
                        dy.shape().with(0, count),
                        false);
                long part = dy.address() + from * gradients * Float.BYTES;
                Primitive primitive = oneDnn.acquire(key, OneDnnConvolution::compile);
                try {
                    weightLayout.read(
                            primitive,
                            DNNL_ARG_WEIGHTS,
                            groups,
                            w,
                            weights -> primitive.executeAt(part, weights.address(), more.address()));
                } finally {
                    primitive.release();
                }
                binary.addAt(count * imageElements, dx.address() + from * imageElements * Float.BYTES, more.address());
            }
        } finally {
            more.close();
        }
    }

    @Override
    public void backwardWeights(Window window, int groups, Tensor x, Tensor dy, Tensor dw, boolean accumulate) {
        Key key = new Key(Direction.BACKWARD_WEIGHTS, window, groups, x.shape(), dw.shape(), dy.shape(), false);
        Primitive primitive = oneDnn.acquire(key, OneDnnConvolution::compile);
        try {
            weightLayout.write(
                    primitive,
                    DNNL_ARG_DIFF_WEIGHTS,
                    groups,
                    dw,
                    accumulate,
                    weights -> primitive.execute(x, dy, weights));
        } finally {
            primitive.release();
        }
    }

    private static Primitive compile(PrimitiveBuilder builder, Key key) {
        builder.multiplications(
                key.y.elements() * (key.x.dim(3) / key.groups) * key.window.kernelH() * key.window.kernelW());
        dnnl_memory_desc x = ImageLayout.image(builder, key.x);
        dnnl_memory_desc y = ImageLayout.image(builder, key.y);
        long[] dims = WeightLayout.dims(key.w, key.groups);
        dnnl_memory_desc w = key.readsWrongRowsIfBlocked() ? builder.dense(Shape.of(dims)) : builder.anyLayout(dims);
        dnnl_memory_desc bias = key.bias ? builder.dense(Shape.of(key.y.dim(3))) : null;
        long[] strides = ImageLayout.strides(key.window);
        long[] dilations = ImageLayout.dilations(key.window);
        long[] before = ImageLayout.padBefore(key.window);
        long[] after = ImageLayout.padAfter(key.window, key.x, key.y);
        dnnl_primitive_desc forward = new dnnl_primitive_desc();
        int status = dnnl_convolution_forward_primitive_desc_create(
                forward,
                builder.cpu(),
                dnnl_forward_training,
                dnnl_convolution_direct,
                x,
                w,
                bias,
                y,
                strides,
                dilations,
                before,
                after,
                builder.attributes(false));
        if (key.direction == Direction.FORWARD) {
            return key.bias
                    ? builder.compile(
                            "convolution", status, forward, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS)
                    : builder.compile("convolution", status, forward, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST);
        }
        builder.hint("convolution", status, forward);
        dnnl_primitive_desc backward = new dnnl_primitive_desc();
        if (key.direction == Direction.BACKWARD_DATA) {
            status = dnnl_convolution_backward_data_primitive_desc_create(
                    backward,
                    builder.cpu(),
                    dnnl_convolution_direct,
                    x,
                    w,
                    y,
                    strides,
                    dilations,
                    before,
                    after,
                    forward,
                    builder.attributes(false));
            return builder.compile(
                    "convolution backward data",
                    status,
                    backward,
                    DNNL_ARG_DIFF_DST,
                    DNNL_ARG_WEIGHTS,
                    DNNL_ARG_DIFF_SRC);
        }
        status = dnnl_convolution_backward_weights_primitive_desc_create(
                backward,
                builder.cpu(),
                dnnl_convolution_direct,
                x,
                w,
                null,
                y,
                strides,
                dilations,
                before,
                after,
                forward,
                builder.attributes(false));
        if (key.gathersTooFewChannels()) {
            builder.skip("jit_1x1", backward);
        }
        return builder.compile(
                "convolution backward weights",
                status,
                backward,
                DNNL_ARG_SRC,
                DNNL_ARG_DIFF_DST,
                DNNL_ARG_DIFF_WEIGHTS);
    }
}
