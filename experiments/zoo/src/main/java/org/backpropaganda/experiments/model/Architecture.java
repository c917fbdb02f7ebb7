package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.checkpointing.CheckpointedSequence;
import org.backpropaganda.synthetic.DecoupledSequence;
import org.backpropaganda.synthetic.GradientPredictor;

/**
 * The layers of a model, made once, and the ways to put them together. Every arrangement shares the parameters, and so
 * computes from the same weights.
 */
abstract class Architecture {
    private final ModelSpec spec;
    private final ParameterFactory factory;

    /** Predictors take from the factory too, but start at zero: the model's random numbers are drawn by then. */
    Architecture(ModelSpec spec, ParameterFactory factory) {
        this.spec = spec;
        this.factory = factory;
    }

    static Architecture of(ModelSpec spec, ParameterFactory factory) {
        Layers layers = new Layers(factory, spec.slope());
        return switch (spec.kind()) {
            case REVNET -> new Revnet(spec, layers, 2);
            case CHAIN -> new Revnet(spec, layers, 1);
            case RESNET -> new Resnet(spec, layers);
            case MLP -> new Mlp(spec, layers);
            case DEPTHWISE -> new Depthwise(spec, layers);
            case TRANSFORMER -> new Transformer(spec, layers);
            case LSTM -> new Recurrent(spec, layers);
        };
    }

    final ModelSpec spec() {
        return spec;
    }

    /** What comes before the blocks. */
    abstract Map<String, Module> entry(boolean abn, Taps taps);

    /** The blocks, each counted once an evaluation (or in equal parts: {@link #countsPerBlock()}). */
    abstract List<Module> blocks(boolean abn, Taps taps);

    /** What comes after the blocks, up to the logits. */
    abstract Map<String, Module> exit();

    /** How many pairs of batch norm and activation work in place. */
    int abnPairs() {
        return 0;
    }

    /** How often a block's evaluation is counted. */
    int countsPerBlock() {
        return 1;
    }

    /** Consecutive blocks under a strategy. */
    Module sequence(List<Module> blocks, Strategy strategy) {
        return strategy.has(Strategy.Technique.CHECKPOINT) ? new CheckpointedSequence(blocks) : new Sequential(blocks);
    }

    /** What surrounds a sequence of blocks so that its input and output are one tensor. */
    Map<String, Module> stage(Module sequence) {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("blocks", sequence);
        return links;
    }

    /** The last blocks and what comes after them. */
    Map<String, Module> lastStage(Module sequence) {
        Map<String, Module> links = stage(sequence);
        links.putAll(exit());
        return links;
    }

    /** A predictor for the gradient between the block before {@code block} and it. */
    GradientPredictor predictor(int block, ParameterFactory factory) {
        throw new UnsupportedOperationException(spec().name() + ": nothing predicts its gradients");
    }

    /** The whole model: images [B, H, W, C], and labels where it is decoupled → logits [B, classes]. */
    final Module assemble(Strategy strategy, Taps taps) {
        spec.check(strategy);
        boolean abn = strategy.has(Strategy.Technique.ABN);
        List<Module> blocks = blocks(abn, taps);
        if (!strategy.has(Strategy.Technique.DECOUPLED)) {
            Map<String, Module> links = new LinkedHashMap<>(entry(abn, taps));
            links.putAll(lastStage(sequence(blocks, strategy)));
            return new Sequential(links);
        }
        return decoupled(strategy, blocks, abn, taps);
    }

    private DecoupledSequence decoupled(Strategy strategy, List<Module> blocks, boolean abn, Taps taps) {
        List<Module> modules = new ArrayList<>();
        List<GradientPredictor> predictors = new ArrayList<>();
        int count = spec.modules();
        for (int k = 0; k < count; k++) {
            int from = blocks.size() * k / count;
            int to = blocks.size() * (k + 1) / count;
            Map<String, Module> links = new LinkedHashMap<>();
            if (k == 0) {
                links.putAll(entry(abn, taps));
            } else {
                predictors.add(predictor(from, factory));
            }
            Module sequence = sequence(blocks.subList(from, to), strategy);
            links.putAll(k == count - 1 ? lastStage(sequence) : stage(sequence));
            modules.add(new Sequential(links));
        }
        return new DecoupledSequence(modules, predictors);
    }
}
