package org.backpropaganda.reversible.recurrent;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;

/**
 * A reversible GRU over a sequence: x [T, B, I] → the last state [B, H], from zeros, or from a state [B, H] given behind x.
 * Backward reconstructs each step's state from the next one: saved are the last state and the inputs of the steps, but no
 * state between, whatever T. The steps are those of a {@link ReversibleGruCell}, by one set of parameters.
 *
 * <pre>{@code
 * ReversibleGru encoder = ReversibleGru.builder(factory, 8, 32, 0.9).build();
 * Variable last = encoder.call(x);                       // x [T, B, 8] → [B, 32]
 *
 * ReversibleGru anchored = ReversibleGru.builder(factory, 8, 32, 0.5).batchFirst().anchorEvery(8).build();
 * }</pre>
 *
 * <p>Drift: T steps back multiply an error by up to least⁻ᵀ. In FLOAT, forget gates of at least 0.9 carry some 100 steps, of
 * at least 0.5 some 15; {@link Builder#anchorEvery} keeps states on the way.
 *
 * <p>Source: MacKay et al. 2018, "Reversible Recurrent Neural Networks", § 3.1.
 */
public final class ReversibleGru extends Module {
    private final Module first;
    private final Module second;
    private final long width;
    private final DType dtype;
    private final boolean batchFirst;
    private final int anchorEvery;

    private ReversibleGru(Builder builder) {
        this.first = register("first", builder.half());
        this.second = register("second", builder.half());
        this.width = builder.width;
        this.dtype = builder.factory.dtype();
        this.batchFirst = builder.batchFirst;
        this.anchorEvery = builder.anchorEvery;
    }

    /**
     * A layer.
     *
     * @param inputs I
     * @param width H, even
     * @param least of the forget gates, above 0 and below 1: the nearer to 1, the less is forgotten and the less drifts
     */
    public static Builder builder(ParameterFactory factory, long inputs, long width, double least) {
        return new Builder(factory, inputs, width, least);
    }

    /** How a layer reads sequences. */
    public static final class Builder {
        private final ParameterFactory factory;
        private final long inputs;
        private final long width;
        private final double least;
        private boolean batchFirst;
        private int anchorEvery;
        private UnaryOperator<Module> wrapper = half -> half;

        private Builder(ParameterFactory factory, long inputs, long width, double least) {
            this.factory = factory;
            this.inputs = inputs;
            this.width = width;
            this.least = least;
        }

        private Module half() {
            return wrapper.apply(ReversibleGruCell.half(factory, inputs, width, least));
        }

        /** For sequences [B, T, I]. */
        public Builder batchFirst() {
            batchFirst = true;
            return this;
        }

        /** Keeps the state every so many steps, from which the way back goes on as from an exact one. */
        public Builder anchorEvery(int steps) {
            if (steps < 1) {
                throw new IllegalArgumentException(
                        "ReversibleGru: an anchor every " + steps + " steps; give at least 1");
            }
            anchorEvery = steps;
            return this;
        }

        /** Something around what each half of a state and an input say of the other half, as a checkpoint. It keeps their names. */
        public Builder wrapping(UnaryOperator<Module> newWrapper) {
            wrapper = newWrapper;
            return this;
        }

        /** The layer. */
        public ReversibleGru build() {
            return new ReversibleGru(this);
        }
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Variable x = inputs.get(0);
        if (x.shape().rank() != 3 || inputs.size() > 2) {
            throw new ShapeException("ReversibleGru: takes x " + (batchFirst ? "[B, T, I]" : "[T, B, I]")
                    + " and perhaps a state [B, H], got "
                    + inputs.stream().map(Variable::spec).toList());
        }
        long batch = x.shape().dim(batchFirst ? 0 : 1);
        List<Variable> entering = new ArrayList<>(inputs.size() == 1 ? zeros(x, batch) : halves(inputs.get(1), batch));
        int axis = batchFirst ? 1 : 0;
        int steps = Math.toIntExact(x.shape().dim(axis));
        for (int t = 0; t < steps; t++) {
            entering.add(
                    Reshape.reshape(Slice.slice(x, axis, t, 1), batch, x.shape().dim(2)));
        }
        List<Variable> left = sequence(steps).call(entering);
        return List.of(Concat.concat(-1, left.get(0), left.get(1)));
    }

    /** A step is a coupling without parameters of its own, so that a sequence of any length is made when it is called. */
    private ReversibleSequence sequence(int steps) {
        List<Coupling> couplings = new ArrayList<>();
        for (int t = 0; t < steps; t++) {
            couplings.add(step(t, List.of()));
        }
        ReversibleSequence.Builder sequence = ReversibleSequence.builder(couplings);
        return (anchorEvery > 0 ? sequence.anchorEvery(anchorEvery) : sequence).build();
    }

    private Coupling step(int number, List<String> sides) {
        return new ReversibleGruCell(new Shared(first), new Shared(second), "x" + number, sides);
    }

    /**
     * The steps of a sequence as couplings, for a model that arranges them itself: one after another they store, in a {@link
     * ReversibleSequence} they reconstruct. Each takes and returns the halves h1, h2 [B, H/2] of the state, and behind them the
     * inputs [B, I] of all steps, of which it reads its own. None has the parameters as a part; the model has this layer once,
     * beside them.
     *
     * <pre>{@code
     * Module storing = new Sequential(gru.couplings(3));
     * List<Variable> last = storing.call(List.of(h1, h2, x0, x1, x2)); // h1′, h2′, x0, x1, x2
     * }</pre>
     *
     * @param steps T, at least 1
     */
    public List<Coupling> couplings(int steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("ReversibleGru: " + steps + " steps; give at least 1");
        }
        List<String> inputs = IntStream.range(0, steps).mapToObj(t -> "x" + t).toList();
        return IntStream.range(0, steps).mapToObj(t -> step(t, inputs)).toList();
    }

    private List<Variable> halves(Variable state, long batch) {
        if (!state.shape().equals(Shape.of(batch, width))) {
            throw new ShapeException(
                    "ReversibleGru: state " + state.shape() + " must be " + Shape.of(batch, width) + " = [B, H]");
        }
        return Slice.split(state, 1, width / 2, width / 2);
    }

    private List<Variable> zeros(Variable x, long batch) {
        Tensor zeros = x.tape().scope().zeros(Shape.of(batch, width / 2), dtype, MemoryKind.TEMPORARY);
        Variable half = x.tape().constant(zeros);
        zeros.close();
        return List.of(half, half);
    }
}
