package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;
import static org.bytedeco.dnnl.global.dnnl.dnnl_backward;
import static org.bytedeco.dnnl.global.dnnl.dnnl_batch_normalization_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_batch_normalization_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_inference;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_fuse_norm_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_global_stats;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_scale;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_shift;

import java.util.Arrays;
import java.util.function.BiConsumer;
import java.util.stream.LongStream;
import org.backpropaganda.autograd.kernel.BatchNormKernel;
import org.backpropaganda.autograd.kernel.DivergedNorm;
import org.backpropaganda.autograd.kernel.RowLoop;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/** Batch normalisation with the channel axis innermost. Every shape is seen as [rows, C], the rows as images of one column. */
final class OneDnnBatchNorm implements BatchNormKernel {
    private static final int AFFINE = dnnl_use_scale | dnnl_use_shift;

    /** Fewer channels than this never fill a vector. */
    private static final int VECTOR = 8;

    /** oneDNN 3.11 takes twice as long for one image of many rows as for the same rows in several. */
    private static final int MOST_IMAGES = 256;

    private static final int[] FORWARD_ARGUMENTS = {
        DNNL_ARG_SRC, DNNL_ARG_SCALE, DNNL_ARG_SHIFT, DNNL_ARG_DST, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE, DNNL_ARG_WORKSPACE
    };

    private static final int[] BACKWARD_ARGUMENTS = {
        DNNL_ARG_SRC,
        DNNL_ARG_MEAN,
        DNNL_ARG_VARIANCE,
        DNNL_ARG_SCALE,
        DNNL_ARG_DIFF_DST,
        DNNL_ARG_WORKSPACE,
        DNNL_ARG_DIFF_SRC,
        DNNL_ARG_DIFF_SCALE,
        DNNL_ARG_DIFF_SHIFT
    };

    private final OneDnn oneDnn;
    private final FoldedBatchNorm folded;

    OneDnnBatchNorm(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
        this.folded = new FoldedBatchNorm(oneDnn, this);
    }

    enum Pass {
        TRAINING,
        TRAINING_RELU,
        /** With given statistics. */
        CONSTANT_RELU,
        INFERENCE,
        /** Without a note of what passed. */
        INFERENCE_RELU,
        BACKWARD,
        BACKWARD_RELU,
        BACKWARD_CONSTANT,
        BACKWARD_CONSTANT_RELU;

        boolean isForward() {
            return this == TRAINING || this == TRAINING_RELU || this == CONSTANT_RELU || isInference();
        }

        boolean isInference() {
            return this == INFERENCE || this == INFERENCE_RELU;
        }

        boolean isRectified() {
            return this == TRAINING_RELU
                    || this == CONSTANT_RELU
                    || this == INFERENCE_RELU
                    || this == BACKWARD_RELU
                    || this == BACKWARD_CONSTANT_RELU;
        }

        /** Whether it notes, or reads, which results are positive. */
        boolean hasWorkspace() {
            return isRectified() && !isInference();
        }

        boolean takesStatistics() {
            return isInference()
                    || this == CONSTANT_RELU
                    || this == BACKWARD_CONSTANT
                    || this == BACKWARD_CONSTANT_RELU;
        }
    }

    record Key(Pass pass, long rows, long channels, float epsilon) {
        /** As many images as divide the rows evenly. */
        long images() {
            return LongStream.iterate(MOST_IMAGES, n -> n - 1)
                    .filter(n -> rows % n == 0)
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Override
    public void forwardTraining(
            Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance) {
        if (folded.takes(x)) {
            folded.forwardTraining(x, gamma, beta, epsilon, y, mean, variance);
        } else {
            run(key(Pass.TRAINING, x, epsilon), x, gamma, beta, y, mean, variance);
        }
    }

    @Override
    public void forwardInference(
            Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance) {
        if (folded.takes(x)) {
            folded.forwardInference(x, gamma, beta, epsilon, y, mean, variance);
        } else {
            run(key(Pass.INFERENCE, x, epsilon), x, gamma, beta, y, mean, variance);
        }
    }

    @Override
    public void backward(Normalised of, boolean constantStatistics, Slopes slopes) {
        if (folded.takes(of.x())) {
            folded.backward(of, constantStatistics, slopes);
            return;
        }
        Key key = key(constantStatistics ? Pass.BACKWARD_CONSTANT : Pass.BACKWARD, of.x(), of.epsilon());
        withAffine(
                key,
                slopes.dGamma(),
                slopes.dBeta(),
                (scale, shift) ->
                        run(key, of.x(), of.mean(), of.variance(), of.gamma(), slopes.dy(), slopes.dx(), scale, shift));
    }

    /**
     * oneDNN fuses a ReLU into the normalisation and notes one bit an element where the channels fill vectors; elsewhere
     * it would note a byte an element, and the two are computed one after another.
     */
    @Override
    public void forwardTrainingRelu(
            Tensor x,
            Tensor gamma,
            Tensor beta,
            double epsilon,
            Tensor y,
            Tensor mean,
            Tensor variance,
            Tensor positive) {
        Key key = key(Pass.TRAINING_RELU, x, epsilon);
        if (!fuses(key, positive.bytes())) {
            BatchNormKernel.super.forwardTrainingRelu(x, gamma, beta, epsilon, y, mean, variance, positive);
            return;
        }
        boolean soundWeights = !DivergedNorm.is(gamma, beta);
        if (soundWeights) {
            run(key, x, gamma, beta, y, mean, variance, positive);
        } else {
            forwardTraining(x, gamma, beta, epsilon, y, mean, variance);
            DivergedNorm.rectify(y);
        }
        if (!soundWeights || DivergedNorm.is(mean, variance)) {
            spoilDivergedChannels(y, mean, variance);
            notePassing(y, positive);
        }
    }

    @Override
    public void forwardAgainRelu(
            Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance) {
        if (!fuses(key(Pass.TRAINING_RELU, x, epsilon), DType.BIT.bytes(x.elements()))) {
            BatchNormKernel.super.forwardAgainRelu(x, gamma, beta, epsilon, y, mean, variance);
            return;
        }
        boolean soundWeights = !DivergedNorm.is(gamma, beta);
        if (soundWeights) {
            run(key(Pass.INFERENCE_RELU, x, epsilon), x, gamma, beta, y, mean, variance);
        } else {
            forwardAgain(x, gamma, beta, epsilon, y, mean, variance);
            DivergedNorm.rectify(y);
        }
        if (!soundWeights || DivergedNorm.is(mean, variance)) {
            spoilDivergedChannels(y, mean, variance);
        }
    }

    /** A mean or variance that is NaN, or a mean that is infinite, makes NaN of a whole channel; oneDNN's ReLU 0 of that. */
    private static void spoilDivergedChannels(Tensor y, Tensor mean, Tensor variance) {
        double[] means = mean.toDoubles();
        double[] variances = variance.toDoubles();
        RowLoop.run(
                y.elements() / means.length,
                1,
                0,
                (rows, sums) -> {
                    for (int c = 0; c < means.length; c++) {
                        if (!Double.isFinite(means[c]) || Double.isNaN(variances[c])) {
                            rows[0][c] = Double.NaN;
                        }
                    }
                },
                y);
    }

    /** Notes in oneDNN's order which results let their gradient through. */
    private void notePassing(Tensor y, Tensor positive) {
        Key key = key(Pass.CONSTANT_RELU, y, 0);
        Shape channels = Shape.of(key.channels);
        try (TensorScope scope = oneDnn.scratch().child()) {
            Tensor passes = scope.allocate(y.shape(), DType.FLOAT, MemoryKind.SCRATCH);
            Tensor zeros = scope.zeros(channels, DType.FLOAT, MemoryKind.SCRATCH);
            Tensor ones =
                    scope.allocate(channels, DType.FLOAT, MemoryKind.SCRATCH).fill(1);
            DivergedNorm.passes(y, passes);
            run(key, passes, ones, zeros, passes, zeros, ones, positive);
        }
    }

    @Override
    public void backwardRelu(Normalised of, Tensor positive, Slopes slopes) {
        Key key = key(Pass.BACKWARD_RELU, of.x(), of.epsilon());
        if (fuses(key(Pass.TRAINING_RELU, of.x(), of.epsilon()), positive.bytes())) {
            withAffine(
                    key,
                    slopes.dGamma(),
                    slopes.dBeta(),
                    (scale, shift) -> run(
                            key,
                            of.x(),
                            of.mean(),
                            of.variance(),
                            of.gamma(),
                            slopes.dy(),
                            positive,
                            slopes.dx(),
                            scale,
                            shift));
        } else {
            BatchNormKernel.super.backwardRelu(of, positive, slopes);
        }
    }

    /** The order of the bits is oneDNN's own; its gradient of ones through a normalisation that changes nothing tells them. */
    @Override
    public void readPositive(Tensor positive, Tensor numbers) {
        if (!fuses(key(Pass.TRAINING_RELU, numbers, 0), positive.bytes())) {
            BatchNormKernel.super.readPositive(positive, numbers);
            return;
        }
        Key key = key(Pass.BACKWARD_CONSTANT_RELU, numbers, 0);
        Shape channels = Shape.of(key.channels);
        try (TensorScope scope = oneDnn.scratch().child()) {
            Tensor x = scope.allocate(numbers.shape(), DType.FLOAT, MemoryKind.SCRATCH)
                    .fill(1);
            Tensor zeros = scope.zeros(channels, DType.FLOAT, MemoryKind.SCRATCH);
            Tensor ones =
                    scope.allocate(channels, DType.FLOAT, MemoryKind.SCRATCH).fill(1);
            withAffine(
                    key,
                    null,
                    null,
                    (scale, shift) -> run(key, x, zeros, ones, ones, numbers.fill(1), positive, numbers, scale, shift));
        }
    }

    private boolean fuses(Key forward, long workspaceBytes) {
        if (forward.channels % VECTOR != 0) {
            return false;
        }
        Primitive primitive = oneDnn.acquire(forward, OneDnnBatchNorm::compile);
        try {
            return primitive.bytesOf(DNNL_ARG_WORKSPACE) == workspaceBytes;
        } finally {
            primitive.release();
        }
    }

    /** The kernel computes the gradients of scale and shift in any case. */
    private void withAffine(Key key, @Nullable Tensor dGamma, @Nullable Tensor dBeta, BiConsumer<Tensor, Tensor> use) {
        if (dGamma != null && dBeta != null) {
            use.accept(dGamma, dBeta);
            return;
        }
        try (TensorScope unused = oneDnn.scratch().child()) {
            Shape channels = Shape.of(key.channels);
            use.accept(
                    unused.allocate(channels, DType.FLOAT, MemoryKind.SCRATCH),
                    unused.allocate(channels, DType.FLOAT, MemoryKind.SCRATCH));
        }
    }

    private static Key key(Pass pass, Tensor x, double epsilon) {
        long channels = x.shape().dim(-1);
        return new Key(pass, x.elements() / channels, channels, (float) epsilon);
    }

    /** Runs one pass on bare addresses. */
    void runAt(Key key, long... addresses) {
        Primitive primitive = oneDnn.acquire(key, OneDnnBatchNorm::compile);
        try {
            primitive.executeAt(addresses);
        } finally {
            primitive.release();
        }
    }

    void run(Key key, Tensor... arguments) {
        Primitive primitive = oneDnn.acquire(key, OneDnnBatchNorm::compile);
        try {
            primitive.execute(arguments);
        } finally {
            primitive.release();
        }
    }

    private static Primitive compile(PrimitiveBuilder builder, Key key) {
        long images = key.images();
        dnnl_memory_desc x = ImageLayout.image(builder, Shape.of(images, key.rows / images, 1, key.channels));
        int flags = AFFINE
                | (key.pass.takesStatistics() ? dnnl_use_global_stats : 0)
                | (key.pass.isRectified() ? dnnl_fuse_norm_relu : 0);
        dnnl_primitive_desc forward = new dnnl_primitive_desc();
        int status = dnnl_batch_normalization_forward_primitive_desc_create(
                forward,
                builder.cpu(),
                key.pass.isInference() ? dnnl_forward_inference : dnnl_forward_training,
                x,
                x,
                key.epsilon,
                flags,
                builder.attributes(false));
        if (key.pass.isForward()) {
            return builder.compile("batch norm", status, forward, arguments(FORWARD_ARGUMENTS, key));
        }
        builder.hint("batch norm", status, forward);
        dnnl_primitive_desc backward = new dnnl_primitive_desc();
        status = dnnl_batch_normalization_backward_primitive_desc_create(
                backward,
                builder.cpu(),
                dnnl_backward,
                x,
                x,
                x,
                key.epsilon,
                flags,
                forward,
                builder.attributes(false));
        return builder.compile("batch norm backward", status, backward, arguments(BACKWARD_ARGUMENTS, key));
    }

    /** Only some passes have a workspace. */
    private static int[] arguments(int[] common, Key key) {
        return Arrays.stream(common)
                .filter(argument -> argument != DNNL_ARG_WORKSPACE || key.pass.hasWorkspace())
                .toArray();
    }
}
