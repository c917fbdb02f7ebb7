package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.checkpointing.Checkpoint;
import org.backpropaganda.reversible.AdditiveCoupling;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.backpropaganda.synthetic.ConvPredictor;
import org.backpropaganda.synthetic.GradientPredictor;

/**
 * 3×3 stem to C channels, which may stride, additive couplings whose functions are conv 3×3, batch norm and (leaky) ReLU on C/2 channels, once or twice,
 * mean over space, linear.
 */
final class Revnet extends Architecture {
    private final Layers layers;
    private final Conv2d stem;
    private final List<Branch> branches = new ArrayList<>();
    private final Linear head;

    private record Link(Conv2d conv, NormPair pair) {}

    private record Branch(List<Link> links) {}

    /**
     * A model.
     *
     * @param convolutions of each function
     */
    Revnet(ModelSpec spec, Layers layers, int convolutions) {
        super(spec, layers.factory());
        this.layers = layers;
        int half = spec.width() / 2;
        stem = new Conv2d(
                layers.factory(), spec.channels(), spec.width(), Window.square(3, spec.stemStride(), 1), true);
        for (int i = 0; i < 2 * spec.depth(); i++) {
            List<Link> links = new ArrayList<>();
            for (int k = 0; k < convolutions; k++) {
                links.add(new Link(layers.convolution(half, half, 3, 1), layers.pair(half)));
            }
            branches.add(new Branch(links));
        }
        head = layers.head(spec.width(), spec.classes());
    }

    @Override
    Map<String, Module> entry(boolean abn, Taps taps) {
        return Map.of("stem", stem);
    }

    @Override
    List<Module> blocks(boolean abn, Taps taps) {
        List<Module> couplings = new ArrayList<>();
        for (int i = 0; i < branches.size(); i += 2) {
            couplings.add(new AdditiveCoupling(
                    function(branches.get(i), abn, taps), function(branches.get(i + 1), abn, taps)));
        }
        return couplings;
    }

    private static Module function(Branch branch, boolean abn, Taps taps) {
        Map<String, Module> links = new LinkedHashMap<>();
        for (int k = 0; k < branch.links.size(); k++) {
            String number = Integer.toString(k + 1);
            links.put("conv" + number, branch.links.get(k).conv);
            branch.links.get(k).pair.addTo(links, number, abn, taps);
        }
        return new Tapped(new Sequential(links), taps::counted);
    }

    @Override
    int countsPerBlock() {
        return 2;
    }

    @Override
    Map<String, Module> exit() {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("head", head);
        return links;
    }

    /** Halves are averaged before they are joined: the joined image is never made. */
    @Override
    Map<String, Module> lastStage(Module sequence) {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("split", new Split());
        links.put("blocks", sequence);
        links.put("pool", new EachHalf(Pool2d.globalAverage()));
        links.put("join", new Join());
        links.putAll(exit());
        return links;
    }

    @Override
    int abnPairs() {
        return layers.pairs();
    }

    @Override
    Module sequence(List<Module> blocks, Strategy strategy) {
        if (!strategy.has(Strategy.Technique.REVERSIBLE)) {
            return super.sequence(blocks, strategy);
        }
        ReversibleSequence sequence =
                new ReversibleSequence(blocks.stream().map(Coupling.class::cast).toList());
        return strategy.has(Strategy.Technique.CHECKPOINT) ? Checkpoint.checkpoint(sequence) : sequence;
    }

    @Override
    Map<String, Module> stage(Module sequence) {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("split", new Split());
        links.put("blocks", sequence);
        links.put("join", new Join());
        return links;
    }

    /** One image into two of half the channels. */
    private static final class Split extends Module {
        @Override
        protected List<Variable> forward(List<Variable> x) {
            long half = x.get(0).shape().dim(-1) / 2;
            return Slice.split(x.get(0), -1, half, half);
        }
    }

    /** The same layer on both halves. */
    private static final class EachHalf extends Module {
        private final Module layer;

        EachHalf(Module layer) {
            this.layer = register("layer", layer);
        }

        @Override
        protected List<Variable> forward(List<Variable> halves) {
            return halves.stream().map(layer::call).toList();
        }
    }

    /** Two images, or rows, into one of all their channels. */
    private static final class Join extends Module {
        @Override
        protected List<Variable> forward(List<Variable> halves) {
            return List.of(Concat.concat(-1, halves.get(0), halves.get(1)));
        }
    }

    @Override
    GradientPredictor predictor(int block, ParameterFactory factory) {
        return new ConvPredictor(factory, spec().width(), spec().classes());
    }
}
