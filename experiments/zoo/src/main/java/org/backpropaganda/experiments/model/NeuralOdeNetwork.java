package org.backpropaganda.experiments.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Layer;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.reversible.ode.NeuralOde;

/**
 * {@code neuralode}: a 3×3 stem to C channels; the solution at time 1 of {@code ẏ = f(y)} from the stem's output, by as many
 * steps of the reversible Heun method as the model is deep; mean over space; linear. The field f, one for all steps, is a 3×3
 * convolution, tanh and another. The weights do not grow with the depth, which is accuracy alone.
 *
 * <p>N steps evaluate f N + 1 times, each of which is counted as a block. Reversed, both streams of the solver are kept.
 *
 * <p>Source: Chen et al. 2018, "Neural Ordinary Differential Equations", § 3; Kidger et al. 2021, "Efficient and Accurate
 * Gradients for Neural SDEs", § 3, for the solver. Deviations: steps of one size; a field without norms and without time.
 */
public final class NeuralOdeNetwork implements Architecture {
    private static final double END = 1;
    private static final int STREAMS = 2;

    @Override
    public String name() {
        return "neuralode";
    }

    @Override
    public long blocks(int depth) {
        return depth + 1L;
    }

    @Override
    public String depthUnit() {
        return "steps of the solver";
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        ParameterFactory factory = layers.factory();
        Conv2d stem = new Conv2d(factory, spec.channels(), spec.width(), Window.square(3, 1, 1), true);
        Module field = layers.counted(field(factory, spec.width()));
        List<Part> steps = NeuralOde.builder(field, spec.depth(), END / spec.depth()).couplings().stream()
                .<Part>map(Layer::new)
                .toList();
        return Chain.empty()
                .with("stem", stem)
                .with("split", Couplings.made(y -> List.of(y.get(0), Identity.hold(y.get(0)))))
                .with("ode", Couplings.sharing("field", field, Run.ofCouplings(steps, STREAMS, null)))
                .with("solution", Couplings.made(streams -> List.of(streams.get(0))))
                .with("pool", Pool2d.globalAverage())
                .with("head", layers.head(spec.width(), spec.classes()));
    }

    private static Module field(ParameterFactory factory, int width) {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("conv1", new Conv2d(factory, width, width, Window.square(3, 1, 1), true));
        links.put("tanh", Activation.tanh());
        links.put("conv2", new Conv2d(factory, width, width, Window.square(3, 1, 1), true));
        return new Sequential(links);
    }
}
