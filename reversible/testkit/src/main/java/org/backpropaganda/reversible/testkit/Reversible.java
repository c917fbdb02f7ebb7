package org.backpropaganda.reversible.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.testkit.random.Block;
import org.backpropaganda.autograd.testkit.random.Building;
import org.backpropaganda.autograd.testkit.random.Candidate;
import org.backpropaganda.autograd.testkit.random.Feature;
import org.backpropaganda.autograd.testkit.random.Layer;
import org.backpropaganda.reversible.AdditiveCoupling;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.backpropaganda.reversible.abn.InPlaceAbn;

/**
 * The techniques of the reversible family, for random models. Reconstruction rounds: in {@code DOUBLE} each gradient lies
 * within 1e-10 of plain's unless it is said otherwise, ‖g−g₀‖₂/‖g₀‖₂; in {@code FLOAT}, where a rounded stream may tip over a rectifier, outputs alone
 * are compared. In fixed point every bit is.
 */
public final class Reversible {
    private static final double BOUND = 1e-10;
    private static final double BOUND_OF_DIVISIONS = 1e-7;

    private Reversible() {}

    private static double boundOf(DType dtype, double ofDoubles) {
        return switch (dtype) {
            case DOUBLE -> ofDoubles;
            case FLOAT, INT, BYTE, BIT -> Double.POSITIVE_INFINITY;
        };
    }

    /** Sequences of one to three additive couplings. */
    public static Candidate sequences() {
        return sequences("reversible", AdditiveCoupling::new);
    }

    /**
     * Sequences of one to three couplings of a kind.
     *
     * @param coupling of two modules that keep the shape of a stream
     */
    public static Candidate sequences(String name, BiFunction<Module, Module, Coupling> coupling) {
        return new Sequences(name, List.of(new CouplingKind(name, coupling)), BOUND);
    }

    /**
     * Sequences of one to three couplings, each of any kind of two streams: additive, affine, momentum, leapfrog and so on. Those that
     * divide drift more, and gradients of scales that saturate are near zero: in {@code DOUBLE} each gradient lies within 1e-7 of
     * plain's.
     */
    public static Candidate mixedSequences() {
        return new Sequences("mixed", CouplingKind.PUBLISHED, BOUND_OF_DIVISIONS);
    }

    /**
     * Sequences of one to three couplings in fixed point, each of any kind: equal to couplings that store to the bit, also where
     * rectifiers are. Rounding to a grid is a kink: stand them in nothing that rounds otherwise.
     */
    public static Candidate exactSequences() {
        return new Sequences("exact", CouplingKind.EXACT, 0);
    }

    /** In-place activated batch norms, in the place of a batch norm and a leaky ReLU. */
    public static Candidate inPlaceNorms() {
        return new InPlaceNorms();
    }

    private record Sequences(String name, List<CouplingKind> kinds, double bound) implements Candidate {
        private static final int LONGEST = 3;

        @Override
        public Optional<Arbitrary<Block>> blocks(Parts parts) {
            Arbitrary<List<Block>> functions = (bound == 0 ? parts.any() : parts.withoutKinks())
                    .list()
                    .ofMinSize(2)
                    .ofMaxSize(2 * LONGEST);
            if (kinds.size() == 1) {
                return Optional.of(
                        functions.map(of -> new Streams(this, Collections.nCopies(LONGEST, kinds.get(0)), of)));
            }
            Arbitrary<List<CouplingKind>> drawn = Arbitraries.of(kinds).list().ofSize(LONGEST);
            return Optional.of(Combinators.combine(drawn, functions).as((each, of) -> new Streams(this, each, of)));
        }

        @Override
        public double gradientBound(DType dtype) {
            return bound == 0 ? 0 : boundOf(dtype, bound);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * The sum of two streams that begin as x and x/2.
     *
     * @param kinds of the couplings, at least as many
     * @param parts two for each coupling; an odd one is left out
     */
    private record Streams(Sequences by, List<CouplingKind> kinds, List<Block> parts) implements Block {
        @Override
        public Module build(Building building, Shape shape) {
            List<Coupling> couplings = new ArrayList<>();
            for (int i = 0; i + 1 < parts.size(); i += 2) {
                Module f = parts.get(i).build(building, shape);
                Module g = parts.get(i + 1).build(building, shape);
                couplings.add(kinds.get(i / 2).coupling().apply(f, g));
            }
            return new TwoStreams(
                    building.isArranged() ? new ReversibleSequence(couplings) : new Sequential(couplings));
        }

        @Override
        public Block with(List<Block> others) {
            return new Streams(by, kinds, others);
        }

        @Override
        public List<Block> smaller() {
            List<Block> shorter = new ArrayList<>();
            for (int i = 0; i + 1 < parts.size(); i += 2) {
                List<Block> rest = new ArrayList<>(parts);
                rest.subList(i, i + 2).clear();
                List<CouplingKind> others = new ArrayList<>(kinds);
                others.remove(i / 2);
                shorter.add(new Streams(by, List.copyOf(others), List.copyOf(rest)));
            }
            return shorter;
        }

        @Override
        public Optional<Candidate> technique() {
            return Optional.of(by);
        }

        @Override
        public String toString() {
            return by.name() + (by.kinds().size() == 1 ? "" : kinds.subList(0, parts.size() / 2)) + parts;
        }
    }

    private static final class TwoStreams extends UnaryModule {
        private final Module sequence;

        TwoStreams(Module sequence) {
            this.sequence = register("sequence", sequence);
        }

        @Override
        protected Variable forward(Variable x) {
            List<Variable> streams = sequence.call(List.of(x, Scale.scale(x, 0.5)));
            return Add.add(streams.get(0), streams.get(1));
        }
    }

    private record InPlaceNorms() implements Candidate {
        @Override
        public String name() {
            return "abn";
        }

        @Override
        public Optional<Arbitrary<Block>> blocks(Parts parts) {
            return Optional.of(parts.any().map(before -> new Pair(this, before)));
        }

        @Override
        public double outputBound(DType dtype) {
            return boundOf(dtype, BOUND);
        }

        @Override
        public double gradientBound(DType dtype) {
            return boundOf(dtype, BOUND);
        }

        @Override
        public String toString() {
            return name();
        }
    }

    /**
     * A batch norm and a leaky ReLU behind a linear layer, whose output nobody else keeps; no norm where a channel has one
     * value, and so no variance.
     */
    private record Pair(InPlaceNorms by, Block before) implements Block {
        @Override
        public Module build(Building building, Shape shape) {
            Module first = before.build(building, shape);
            if (shape.elements() == shape.dim(-1)) {
                return first;
            }
            BatchNorm norm = Layer.batchNorm(building.factory(), shape);
            LeakyRelu activation = new LeakyRelu(0.3);
            return new Sequential(
                    first,
                    building.isArranged() ? InPlaceAbn.fusing(norm, activation) : new Activated(norm, activation));
        }

        @Override
        public List<Block> parts() {
            return List.of(before);
        }

        @Override
        public Block with(List<Block> others) {
            return new Pair(by, others.get(0));
        }

        @Override
        public Set<Feature> features() {
            return Set.of(Feature.BATCH_NORM, Feature.IN_PLACE);
        }

        @Override
        public Optional<Candidate> technique() {
            return Optional.of(by);
        }

        @Override
        public String toString() {
            return "abn behind " + before;
        }
    }

    /** A norm and an activation under the names of the norm alone. */
    private static final class Activated extends UnaryModule {
        private final BatchNorm norm;
        private final LeakyRelu activation;

        Activated(BatchNorm norm, LeakyRelu activation) {
            this.norm = register("", norm);
            this.activation = activation;
        }

        @Override
        protected Variable forward(Variable x) {
            return org.backpropaganda.autograd.op.LeakyRelu.leakyRelu(norm.call(x), activation.slope());
        }
    }
}
