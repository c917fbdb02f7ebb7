package org.backpropaganda.experiments.libtorch;

import org.backpropaganda.experiments.bench.Workload;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Blocks of causal attention and feed-forward layers on the pixels of images. */
final class Transformer {
    private static final long HEAD_WIDTH = 32;
    private static final int EXPANSION = 4;

    private final Workload workload;
    private final Layers layers;
    private final boolean fused;
    private final long width;
    private final long tokens;
    private final long heads;

    /**
     * A model.
     *
     * @param fused whether attention is the library's own function, not products and a softmax
     */
    Transformer(Workload workload, Layers layers, boolean fused) {
        this.workload = workload;
        this.layers = layers;
        this.fused = fused;
        width = workload.width();
        tokens = (long) workload.side() * workload.side();
        heads = Math.max(1, width / HEAD_WIDTH);
    }

    /** Logits of images [B, C, H, W], whose handle is closed. */
    Tensor logits(Tensor images) {
        Tensor x;
        try (images;
                Tensor rows = images.permute(0, 2, 3, 1)) {
            x = rows.reshape(-1, tokens, workload.channels());
        }
        x = layers.linear(x, "embed", workload.channels(), width, true);
        for (int i = 0; i < workload.depth(); i++) {
            String mixing = "blocks." + i + ".mixing.body";
            x = layers.add(x, attention(layers.layerNorm(new Tensor(x), mixing + ".norm", width), mixing));
            String forward = "blocks." + i + ".feedforward.body";
            x = layers.add(x, feedForward(layers.layerNorm(new Tensor(x), forward + ".norm", width), forward));
        }
        Tensor mean = layers.mean(layers.layerNorm(x, "norm", width), 1);
        return layers.linear(mean, "head", width, workload.classes(), true);
    }

    private Tensor feedForward(Tensor x, String name) {
        Tensor y = layers.geluTanh(layers.linear(x, name + ".expand", width, EXPANSION * width, true));
        return layers.linear(y, name + ".contract", EXPANSION * width, width, true);
    }

    private Tensor attention(Tensor x, String body) {
        String name = body + ".attention";
        try (x;
                Tensor q = heads(layers.linear(new Tensor(x), name + ".query", width, width, true));
                Tensor k = heads(layers.linear(new Tensor(x), name + ".key", width, width, true));
                Tensor v = heads(layers.linear(new Tensor(x), name + ".value", width, width, true));
                Tensor y = fused ? fused(q, k, v) : naive(q, k, v);
                Tensor back = y.transpose(1, 2)) {
            Tensor joined = back.reshape(-1, tokens, width);
            return layers.linear(joined, name + ".output", width, width, true);
        }
    }

    /** [B, T, C] to [B, heads, T, C / heads]. */
    private Tensor heads(Tensor x) {
        try (x;
                Tensor split = x.view(-1, tokens, heads, width / heads)) {
            return split.transpose(1, 2);
        }
    }

    private static Tensor fused(Tensor q, Tensor k, Tensor v) {
        try (TensorOptional none = new TensorOptional();
                DoubleOptional usual = new DoubleOptional()) {
            return torch.scaled_dot_product_attention(q, k, v, none, 0, true, usual, false);
        }
    }

    private Tensor naive(Tensor q, Tensor k, Tensor v) {
        try (Tensor transposed = k.transpose(2, 3);
                Tensor products = torch.matmul(q, transposed);
                Tensor scores = products.mul(new Scalar(1 / Math.sqrt((double) width / heads)));
                Tensor ones = torch.ones(tokens, tokens);
                Tensor upper = torch.triu(ones, 1);
                Tensor behind = upper.to(torch.ScalarType.Bool);
                Tensor masked = scores.masked_fill(behind, new Scalar(Double.NEGATIVE_INFINITY));
                Tensor weights = torch.softmax(masked, -1)) {
            return torch.matmul(weights, v);
        }
    }
}
