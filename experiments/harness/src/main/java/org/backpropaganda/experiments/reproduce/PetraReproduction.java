package org.backpropaganda.experiments.reproduce;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.stage.StageRule;
import org.backpropaganda.synthetic.stage.StageTraining;
import org.backpropaganda.synthetic.stage.StagedLearner;

/** {@code petra}: what a pipeline of a reversible network holds with and without buffers of inputs and weights. */
public final class PetraReproduction implements Reproduction {
    private static final int BATCH = 64;
    private static final int CLASSES = 1000;
    private static final int STEM = 64;
    private static final double GIGABYTE = 1e9;
    private static final PreactivatedNetwork UNITS = new PreactivatedNetwork(
            List.of(3, 4, 6, 3), List.of(STEM, 64, 128, 256, 512), true, PreactivatedNetwork.Kind.REVERSED);

    @Override
    public String name() {
        return "petra";
    }

    @Override
    public String source() {
        return "Rivaud et al. 2025, \"PETRA: Parallel End-to-end Training with Reversible Architectures\": RevNet-50 on ImageNet,"
                + " batch 64";
    }

    /** The most live bytes of a pipeline that is full. */
    static long peakBytes(StageRule rule) {
        try (Engine engine = Engine.withoutMemory();
                TensorScope root = engine.scope("")) {
            List<Module> modules = modules(new ParameterFactory(root, DType.FLOAT, 0));
            try (StagedLearner learner = StagedLearner.builder(root, modules)
                    .rule(rule)
                    .training(k -> StageTraining.of(
                            Sgd.builder(0.1).momentum(0.9).build(modules.get(k).parameterList(), root)))
                    .build()) {
                for (int batch = 0; batch < 2 * modules.size() + 2; batch++) {
                    try (TensorScope scope = root.child()) {
                        Tensor images = scope.allocate(Shape.of(BATCH, 224, 224, 3), DType.FLOAT, MemoryKind.INPUT);
                        Tensor labels = scope.allocate(Shape.of(BATCH), DType.INT, MemoryKind.INPUT);
                        learner.step(images, labels);
                    }
                }
            }
            return engine.ledger().peakBytes();
        }
    }

    private static List<Module> modules(ParameterFactory factory) {
        List<Module> modules = new ArrayList<>();
        modules.add(new Sequential(
                new Conv2d(factory, 3, STEM, Window.square(7, 2, 3), false),
                BatchNorm.withRelu(factory, STEM),
                Pool2d.max(Window.square(3, 2, 1))));
        modules.addAll(UNITS.separateUnits(factory, STEM));
        int channels = 4 * UNITS.filters().get(4);
        modules.add(new Sequential(
                BatchNorm.withRelu(factory, channels),
                Pool2d.globalAverage(),
                new Linear(factory, channels, CLASSES, true)));
        return modules;
    }

    @Override
    public List<Figure> figures() {
        long buffered = peakBytes(StageRule.petra(false, false, false));
        long weights = peakBytes(StageRule.petra(false, true, false));
        long petra = peakBytes(StageRule.petra());
        return List.of(
                new Figure("inputs and weights kept", "GB", "44.5", buffered / GIGABYTE, buffered + " bytes"),
                new Figure("weights kept", "GB", null, weights / GIGABYTE, weights + " bytes"),
                new Figure("neither", "GB", "20.3", petra / GIGABYTE, petra + " bytes"),
                new Figure("saved by keeping neither", "%", "54.3", 100.0 * (buffered - petra) / buffered, ""));
    }

    @Override
    public List<String> differences() {
        return List.of(
                "18 stages as there: stem, 16 units, head; their streams are wider than ours, which are halves of ResNet-50's"
                        + " channels",
                "theirs is of all stages on one GPU; ours is the ledger's peak in one process with the pipeline full, in which one"
                        + " stage at a time computes");
    }
}
