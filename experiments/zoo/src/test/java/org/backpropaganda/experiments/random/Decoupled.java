package org.backpropaganda.experiments.random;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitrary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.testkit.random.Block;
import org.backpropaganda.autograd.testkit.random.Building;
import org.backpropaganda.autograd.testkit.random.Candidate;
import org.backpropaganda.synthetic.DecoupledSequence;
import org.backpropaganda.synthetic.testing.BoundaryRecorder;

/** Decoupled sequences whose predictors know the gradients: they are plain but for rounding. */
record Decoupled() implements Candidate {
    @Override
    public String name() {
        return "decoupled";
    }

    @Override
    public Optional<Arbitrary<Block>> blocks(Parts parts) {
        return Optional.of(parts.any().list().ofMinSize(2).ofMaxSize(3).map(modules -> new Modules(this, modules)));
    }

    @Override
    public double gradientBound(DType dtype) {
        return dtype == DType.DOUBLE ? 1e-10 : Double.POSITIVE_INFINITY;
    }

    @Override
    public boolean isRehearsed() {
        return true;
    }

    /** A predictor knows the gradient of one call. */
    @Override
    public boolean mayBeShared() {
        return false;
    }

    /** Oracles hold the gradients of a real step, on real tensors. */
    @Override
    public boolean isPredicted() {
        return false;
    }

    @Override
    public String toString() {
        return name();
    }

    private record Modules(Decoupled by, List<Block> parts) implements Block {
        @Override
        public Module build(Building building, Shape shape) {
            List<Module> modules = new ArrayList<>();
            for (Block part : parts) {
                modules.add(part.build(building, shape));
            }
            return switch (building.form()) {
                case PLAIN -> new Sequential(modules);
                case REHEARSAL ->
                    building.remember(
                            new BoundaryRecorder(modules, building.factory().scope()));
                case ARRANGED ->
                    new DecoupledSequence(
                            modules, building.recall(BoundaryRecorder.class).oracles());
            };
        }

        @Override
        public Block with(List<Block> others) {
            return new Modules(by, others);
        }

        @Override
        public List<Block> smaller() {
            List<Block> shorter = new ArrayList<>();
            for (int i = 0; parts.size() > 1 && i < parts.size(); i++) {
                List<Block> rest = new ArrayList<>(parts);
                rest.remove(i);
                shorter.add(new Modules(by, List.copyOf(rest)));
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
}
