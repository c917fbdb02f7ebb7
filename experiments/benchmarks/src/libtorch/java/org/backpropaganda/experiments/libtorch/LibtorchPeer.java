package org.backpropaganda.experiments.libtorch;

import java.util.Map;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.bench.Peer;
import org.backpropaganda.experiments.bench.Trainer;
import org.backpropaganda.experiments.bench.Workload;
import org.bytedeco.pytorch.global.torch;

/** libtorch through JavaCPP's presets. */
public final class LibtorchPeer implements Peer {
    @Override
    public String name() {
        String version = torch.class.getPackage().getImplementationVersion();
        return version == null ? "libtorch" : "libtorch, presets " + version;
    }

    @Override
    public Trainer open(
            Workload workload, Form form, DType dtype, int threads, Map<String, Weight> weights) {
        torch.set_num_threads(threads);
        return new LibtorchTrainer(workload, form, dtype, weights);
    }
}
