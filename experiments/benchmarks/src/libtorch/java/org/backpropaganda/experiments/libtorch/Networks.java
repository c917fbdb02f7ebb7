package org.backpropaganda.experiments.libtorch;

import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.bench.Peer;
import org.backpropaganda.experiments.bench.Workload;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The models of the workloads, from images to logits. */
final class Networks {
    private final Workload workload;
    private final Layers layers;
    private final boolean fused;

    Networks(Workload workload, Peer.Form form, Parameters parameters) {
        this.workload = workload;
        this.fused = form == Peer.Form.FUSED;
        this.layers = new Layers(parameters);
    }

    /** Logits of images [B, C, H, W], whose handle is closed. */
    Tensor logits(Tensor images) {
        return switch (workload.architecture()) {
            case "chain" -> couplings(images, 1);
            case "revnet" -> couplings(images, 2);
            case "resnet" -> resnet(images);
            case "mlp" -> mlp(images);
            case "depthwise" -> depthwise(images);
            case "lstm" -> lstm(images);
            case "transformer" -> new Transformer(workload, layers, fused).logits(images);
            default ->
                throw new UserException("nobody has written " + workload.architecture() + " in libtorch; choose another"
                        + " --workload");
        };
    }

    private Tensor couplings(Tensor images, int convolutions) {
        long width = workload.width();
        long half = width / 2;
        Tensor x1;
        Tensor x2;
        try (Tensor stem = layers.convolution(images, "stem", workload.channels(), width, 3, 1, true);
                TensorVector halves = torch.chunk(stem, 2, 1)) {
            x1 = new Tensor(halves.get(0));
            x2 = new Tensor(halves.get(1));
        }
        for (int i = 0; i < workload.depth(); i++) {
            x1 = layers.add(x1, function(x2, "blocks." + i + ".f", half, convolutions));
            x2 = layers.add(x2, function(x1, "blocks." + i + ".g", half, convolutions));
        }
        Tensor joined;
        try (TensorVector streams = new TensorVector(layers.globalAverage(x1), layers.globalAverage(x2))) {
            joined = torch.cat(streams, 1);
        }
        return layers.linear(joined, "head", width, workload.classes(), true);
    }

    /** Keeps the handle of its input. */
    private Tensor function(Tensor x, String name, long channels, int convolutions) {
        Tensor y = new Tensor(x);
        for (int k = 1; k <= convolutions; k++) {
            y = layers.convolution(y, name + ".conv" + k, channels, channels, 3, 1, false);
            y = layers.batchNormRelu(y, name + ".norm" + k, channels);
        }
        return y;
    }

    private Tensor resnet(Tensor images) {
        long channels = workload.width();
        Tensor x = layers.convolution(images, "stem", workload.channels(), channels, 3, 1, false);
        x = layers.batchNormRelu(x, "norm", channels);
        int number = 0;
        for (int stage = 0; stage < 3; stage++) {
            long width = (long) workload.width() << stage;
            for (int i = 0; i < workload.depth(); i++) {
                x = residual(x, "blocks." + number++, channels, width, stage > 0 && i == 0 ? 2 : 1);
                channels = width;
            }
        }
        return layers.linear(layers.globalAverage(x), "head", channels, workload.classes(), true);
    }

    private Tensor residual(Tensor x, String block, long inputs, long outputs, int stride) {
        String body = block + ".residual.body";
        Tensor y = layers.convolution(new Tensor(x), body + ".conv1", inputs, outputs, 3, stride, false);
        y = layers.batchNormRelu(y, body + ".norm1", outputs);
        y = layers.convolution(y, body + ".conv2", outputs, outputs, 3, 1, false);
        y = layers.batchNorm(y, body + ".norm2", outputs);
        Tensor shortcut = x;
        if (stride != 1) {
            String path = block + ".residual.shortcut";
            shortcut = layers.convolution(x, path + ".0", inputs, outputs, 1, stride, false);
            shortcut = layers.batchNorm(shortcut, path + ".1", outputs);
        }
        return layers.relu(layers.add(y, shortcut));
    }

    private Tensor depthwise(Tensor images) {
        long channels = workload.width();
        Tensor x = layers.convolution(images, "stem", workload.channels(), channels, 3, 1, false);
        x = layers.batchNormRelu(x, "norm", channels);
        int number = 0;
        for (int stage = 0; stage < 3; stage++) {
            long width = (long) workload.width() << stage;
            for (int i = 0; i < workload.depth(); i++) {
                String block = "blocks." + number++;
                x = layers.depthwise(x, block + ".depthwise", channels, stage > 0 && i == 0 ? 2 : 1);
                x = layers.batchNormRelu(x, block + ".norm1", channels);
                x = layers.convolution(x, block + ".pointwise", channels, width, 1, 1, false);
                x = layers.batchNormRelu(x, block + ".norm2", width);
                channels = width;
            }
        }
        return layers.linear(layers.globalAverage(x), "head", channels, workload.classes(), true);
    }

    private Tensor lstm(Tensor images) {
        long inputs = workload.channels();
        Tensor x;
        try (images;
                Tensor rows = images.permute(2, 3, 0, 1)) {
            x = rows.reshape((long) workload.side() * workload.side(), -1, inputs);
        }
        for (int i = 0; i < workload.depth(); i++) {
            x = layers.lstm(x, "blocks." + i, inputs, workload.width());
            inputs = workload.width();
        }
        return layers.linear(layers.mean(x, 0), "head", inputs, workload.classes(), true);
    }

    private Tensor mlp(Tensor images) {
        long inputs = (long) workload.side() * workload.side() * workload.channels();
        Tensor x;
        try (images) {
            x = images.reshape(-1, inputs);
        }
        for (int i = 0; i < workload.depth(); i++) {
            x = layers.linear(x, "blocks." + i + ".linear", inputs, workload.width(), false);
            x = layers.batchNormRelu(x, "blocks." + i + ".norm", workload.width());
            inputs = workload.width();
        }
        return layers.linear(x, "head", inputs, workload.classes(), true);
    }
}
