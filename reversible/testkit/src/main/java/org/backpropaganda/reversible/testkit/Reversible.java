package org.backpropaganda.reversible.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import net.jqwik.api.Arbitrary;
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
import org.backpropaganda.reversible.exact.Bdia;
import org.backpropaganda.reversible.exact.ExactCoupling;
import org.backpropaganda.reversible.exact.ExactMidpoint;
import org.backpropaganda.reversible.exact.ExactMomentum;
import org.backpropaganda.reversible.exact.FixedPoint;

/**
 * The techniques of the reversible family, for random models. Reconstruction in floating point rounds: in {@code DOUBLE} each
 * gradient lies within 1e-10 of plain's, ‖g−g₀‖₂/‖g₀‖₂; in {@code FLOAT}, where a rounded stream may tip over a rectifier,
 * outputs alone are compared. In fixed point every bit is.
 */
public final class Reversible {
    private static final double BOUND = 1e-10;

    /** Of a range that random models hardly leave, ±2^20 in FLOAT; bits are compared however coarse its steps are. */
    private static final FixedPoint WIDE = new FixedPoint(4, 24);

    private Reversible() {}

    private static double bound(DType dtype) {
        return switch (dtype) {
            case DOUBLE -> BOUND;
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
        return new Sequences(name, (number, f, g) -> coupling.apply(f, g), false);
    }

    /**
     * Sequences of one to three couplings in fixed point, of all kinds by turns: equal to couplings that store to the bit, also
     * where rectifiers are. Rounding to a grid is a kink: stand them in nothing that rounds otherwise.
     */
    public static Candidate exactSequences() {
        return new Sequences("exact", Reversible::exact, true);
    }

    private static Coupling exact(int number, Module f, Module g) {
        return switch (number % 4) {
            case 0 -> new ExactCoupling(f, g, WIDE);
            case 1 -> new Bdia(new Sequential(f, g), WIDE);
            case 2 -> new ExactMomentum(new Sequential(f, g), 0.8, WIDE);
            default -> new ExactMidpoint(new Sequential(f, g), 0.25, WIDE);
        };
    }

    private interface Kind {
        Coupling of(int number, Module f, Module g);
    }

    /** In-place activated batch norms, in the place of a batch norm and a leaky ReLU. */
    public static Candidate inPlaceNorms() {
        return new InPlaceNorms();
    }

    private record Sequences(String name, Kind kind, boolean exact) implements Candidate {
        @Override
        public Optional<Arbitrary<Block>> blocks(Parts parts) {
            return Optional.of((exact ? parts.any() : parts.withoutKinks())
                    .list()
                    .ofMinSize(2)
                    .ofMaxSize(6)
                    .map(functions -> new Streams(this, functions)));
        }

        @Override
        public double gradientBound(DType dtype) {
            return exact ? 0 : bound(dtype);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * The sum of two streams that begin as x and x/2.
     *
     * @param parts two for each coupling; an odd one is left out
     */
    private record Streams(Sequences by, List<Block> parts) implements Block {
        @Override
        public Module build(Building building, Shape shape) {
            List<Coupling> couplings = new ArrayList<>();
            for (int i = 0; i + 1 < parts.size(); i += 2) {
                Module f = parts.get(i).build(building, shape);
                Module g = parts.get(i + 1).build(building, shape);
                couplings.add(by.kind().of(parts.size() / 2 + i / 2, f, g));
            }
            return new TwoStreams(
                    building.isArranged() ? new ReversibleSequence(couplings) : new Sequential(couplings));
        }

        @Override
        public Block with(List<Block> others) {
            return new Streams(by, others);
        }

        @Override
        public List<Block> smaller() {
            List<Block> shorter = new ArrayList<>();
            for (int i = 0; i + 1 < parts.size(); i += 2) {
                List<Block> rest = new ArrayList<>(parts);
                rest.subList(i, i + 2).clear();
                shorter.add(new Streams(by, List.copyOf(rest)));
            }
            return shorter;
        }

        @Override
        public Optional<Candidate> technique() {
            return Optional.of(by);
        }

        @Override
        public String toString() {
            return by.name() + parts;
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
            return bound(dtype);
        }

        @Override
        public double gradientBound(DType dtype) {
            return bound(dtype);
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
