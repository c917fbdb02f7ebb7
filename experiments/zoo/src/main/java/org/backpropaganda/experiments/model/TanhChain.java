package org.backpropaganda.experiments.model;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.experiments.coupling.CouplingKind;

/**
 * {@code tanh}: a linear layer makes C units of the pixels; couplings, additive ones unless told otherwise, whose functions are
 * tanh(W x) without normalisation, W normal with variance 1 / fan-in; linear. What is left of a stream behind many couplings is
 * the kind's own doing, so that drift shows pure.
 */
public final class TanhChain implements Architecture {
    private static final int ROWS = 2;

    @Override
    public String name() {
        return "tanh";
    }

    @Override
    public String depthUnit() {
        return "couplings";
    }

    @Override
    public Optional<String> usualCoupling() {
        return Optional.of(Couplings.USUAL);
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        int pixels = spec.height() * spec.columns() * spec.channels();
        CouplingKind kind = spec.coupling().orElseThrow();
        CouplingKind.Body body = spec.body();
        return Chain.empty()
                .with("pixels", new Activation(x -> Reshape.reshape(x, -1, pixels)))
                .with("stem", linear(layers, pixels, spec.width()))
                .with("split", Couplings.made(x -> kind.enter(x.get(0), body)))
                .with("blocks", Couplings.run(spec, ROWS, (from, to) -> function(layers, from, to)))
                .with("join", Couplings.made(streams -> List.of(kind.leave(streams))))
                .with("head", layers.head(spec.width(), spec.classes()));
    }

    private static Part function(Layers layers, int from, int to) {
        return layers.counted(
                Chain.empty().with("linear", linear(layers, from, to)).with("tanh", Activation.tanh()));
    }

    private static Linear linear(Layers layers, int from, int to) {
        return new Linear(layers.factory(), from, to, false, Initializer.normal(1 / Math.sqrt(from)));
    }
}
