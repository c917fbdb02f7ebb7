package org.backpropaganda.experiments.libtorch;

import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.bench.Peer;
import org.backpropaganda.experiments.bench.Sample;
import org.backpropaganda.experiments.bench.Trainer;
import org.backpropaganda.experiments.bench.Workload;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Trains one of the models with libtorch's own optimizer. */
final class LibtorchTrainer implements Trainer {
    private final Parameters parameters;
    private final Networks networks;
    private final Tensor images;
    private final Tensor labels;
    private final SGD optimizer;

    LibtorchTrainer(Workload workload, Peer.Form form, DType dtype, Map<String, Peer.Weight> weights) {
        torch.ScalarType type = dtype == DType.DOUBLE ? torch.ScalarType.Double : torch.ScalarType.Float;
        boolean channelsLast = form == Peer.Form.NHWC;
        parameters = new Parameters(channelsLast, type, weights);
        networks = new Networks(workload, form, parameters);
        Sample sample = Sample.of(workload);
        try (Tensor rows = parameters.copy(
                        sample.images(), workload.batch(), workload.side(), workload.side(), workload.channels());
                Tensor permuted = rows.permute(0, 3, 1, 2)) {
            images = channelsLast ? permuted.contiguous(torch.MemoryFormat.ChannelsLast) : permuted.contiguous();
        }
        long[] wide = new long[sample.labels().length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = sample.labels()[i];
        }
        labels = torch.tensor(wide);
        // Two images are enough to make the parameters, and leave no memory behind that the first step would reuse.
        networks.logits(images.narrow(0, 0, 2)).close();
        SGDOptions options = new SGDOptions(LEARNING_RATE);
        options.momentum().put(MOMENTUM);
        optimizer = new SGD(new TensorVector(parameters.all().values().toArray(new Tensor[0])), options);
    }

    @Override
    public double step() {
        double loss = backward();
        optimizer.step().close();
        return loss;
    }

    private double backward() {
        optimizer.zero_grad(true);
        try (Tensor logits = networks.logits(new Tensor(images));
                Tensor loss = torch.cross_entropy_loss(logits, labels)) {
            loss.backward();
            return loss.item_double();
        }
    }

    @Override
    public Map<String, double[]> gradients() {
        Map<String, double[]> results = new LinkedHashMap<>();
        results.put("", new double[] {backward()});
        parameters.all().forEach((name, parameter) -> {
            try (Tensor gradient = parameter.grad()) {
                results.put(name, values(gradient));
            }
        });
        return results;
    }

    private static double[] values(Tensor gradient) {
        try (Tensor laidOut = gradient.contiguous();
                Tensor dense = laidOut.to(torch.ScalarType.Double)) {
            double[] values = new double[Math.toIntExact(dense.numel())];
            new DoublePointer(dense.data_ptr_double()).get(values);
            return values;
        }
    }

    @Override
    public void close() {
        optimizer.close();
        images.close();
        labels.close();
    }
}
