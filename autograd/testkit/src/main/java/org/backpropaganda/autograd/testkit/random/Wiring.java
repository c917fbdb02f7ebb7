package org.backpropaganda.autograd.testkit.random;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.op.Transpose;
import org.backpropaganda.autograd.tensor.Shape;

/** Blocks that are made of blocks. */
public final class Wiring {
    private Wiring() {}

    private static String list(List<Block> parts) {
        return parts.stream().map(Object::toString).collect(Collectors.joining(", "));
    }

    /** One after another. */
    public record Chain(List<Block> parts) implements Block {
        @Override
        public Module build(Building building, Shape shape) {
            return new Sequential(
                    parts.stream().map(part -> part.build(building, shape)).toList());
        }

        @Override
        public Block with(List<Block> others) {
            return new Chain(others);
        }

        @Override
        public List<Block> smaller() {
            return Lists.shorter(parts).stream()
                    .map(rest -> (Block) new Chain(rest))
                    .toList();
        }

        @Override
        public Set<Feature> features() {
            return parts.size() > 1 ? Set.of(Feature.CHAIN) : Set.of();
        }

        @Override
        public String toString() {
            return "(" + list(parts) + ")";
        }
    }

    /** {@code x + body(x)}. */
    public record Shortcut(Block body) implements Block {
        @Override
        public Module build(Building building, Shape shape) {
            return new Residual(body.build(building, shape));
        }

        @Override
        public List<Block> parts() {
            return List.of(body);
        }

        @Override
        public Block with(List<Block> others) {
            return new Shortcut(others.get(0));
        }

        @Override
        public Set<Feature> features() {
            return Set.of(Feature.RESIDUAL);
        }

        @Override
        public String toString() {
            return "residual(" + body + ")";
        }
    }

    /** How the results of several paths become one. */
    public enum Join {
        /** By adding them. */
        SUM,
        /** By multiplying them, element by element. */
        PRODUCT,
        /** By a linear layer of all. */
        CONCAT
    }

    /** Several blocks on the same input. */
    public record Paths(Join join, List<Block> parts) implements Block {
        @Override
        public Module build(Building building, Shape shape) {
            long channels = shape.dim(-1);
            List<Module> paths = new ArrayList<>();
            parts.forEach(part -> paths.add(part.build(building, shape)));
            if (join == Join.CONCAT) {
                paths.add(new Linear(building.factory(), parts.size() * channels, channels, true));
            }
            return new Joined(join, paths);
        }

        @Override
        public Block with(List<Block> others) {
            return new Paths(join, others);
        }

        @Override
        public List<Block> smaller() {
            List<Block> simpler = new ArrayList<>();
            if (parts.size() > 1) {
                Lists.shorter(parts).forEach(rest -> simpler.add(new Paths(join, rest)));
            }
            if (join != Join.SUM) {
                simpler.add(new Paths(Join.SUM, parts));
            }
            return simpler;
        }

        @Override
        public Set<Feature> features() {
            return Set.of(Feature.PATHS);
        }

        @Override
        public String toString() {
            return join.name().toLowerCase(Locale.ROOT) + " of paths(" + list(parts) + ")";
        }
    }

    private static final class Joined extends UnaryModule {
        private final Join join;
        private final List<Module> paths;

        /** With what joins them last, if it is a layer. */
        Joined(Join join, List<Module> paths) {
            this.join = join;
            this.paths = paths;
            for (int i = 0; i < paths.size(); i++) {
                register(Integer.toString(i), paths.get(i));
            }
        }

        @Override
        protected Variable forward(Variable x) {
            int count = paths.size() - (join == Join.CONCAT ? 1 : 0);
            List<Variable> results = new ArrayList<>();
            for (Module path : paths.subList(0, count)) {
                results.add(path.call(Identity.hold(x)));
            }
            return switch (join) {
                case SUM -> results.stream().reduce(Add::add).orElseThrow();
                case PRODUCT -> results.stream().reduce(Multiply::multiply).orElseThrow();
                case CONCAT -> paths.get(count).call(Concat.concat(-1, results.toArray(Variable[]::new)));
            };
        }
    }

    /** {@code body(body(x))}, of one module. */
    public record Twice(Block body) implements Block {
        @Override
        public Module build(Building building, Shape shape) {
            return new Repeated(body.build(building, shape));
        }

        @Override
        public List<Block> parts() {
            return List.of(body);
        }

        @Override
        public Block with(List<Block> others) {
            return new Twice(others.get(0));
        }

        @Override
        public Set<Feature> features() {
            return Set.of(Feature.SHARED);
        }

        @Override
        public String toString() {
            return "twice(" + body + ")";
        }
    }

    private static final class Repeated extends UnaryModule {
        private final Module body;

        Repeated(Module body) {
            this.body = register("body", body);
        }

        @Override
        protected Variable forward(Variable x) {
            return body.call(body.call(x));
        }
    }

    /** A body of another width between two linear layers. */
    public record Resized(long width, Block body) implements Block {
        @Override
        public Module build(Building building, Shape shape) {
            long channels = shape.dim(-1);
            return new Sequential(
                    new Linear(building.factory(), channels, width, true),
                    body.build(building, shape.with(shape.rank() - 1, width)),
                    new Linear(building.factory(), width, channels, true));
        }

        @Override
        public List<Block> parts() {
            return List.of(body);
        }

        @Override
        public Block with(List<Block> others) {
            return new Resized(width, others.get(0));
        }

        @Override
        public List<Block> smaller() {
            return width > 1 ? List.of(new Resized(1, body), new Resized(width - 1, body)) : List.of();
        }

        @Override
        public Set<Feature> features() {
            return Set.of(Feature.OTHER_WIDTH);
        }

        @Override
        public String toString() {
            return "of width " + width + "(" + body + ")";
        }
    }

    /** Another sight of the same elements. */
    public enum View {
        /** All positions in one axis: [M, C]. */
        FLAT,
        /** A last axis of one: [N, ..., C, 1]. */
        SPLIT,
        /** The last two axes exchanged. */
        TRANSPOSED,
        /** The first half of the channels, rounded up; the others pass. */
        SLICED
    }

    /** A body on a view. */
    public record Viewed(View view, Block body) implements Block {
        @Override
        public Module build(Building building, Shape shape) {
            return new Through(view, shape, body.build(building, seen(view, shape)));
        }

        private static Shape seen(View view, Shape shape) {
            int last = shape.rank() - 1;
            long channels = shape.dim(last);
            return switch (view) {
                case FLAT -> Shape.of(shape.elements() / channels, channels);
                case SPLIT -> Shape.of(shape.elements() / channels, channels, 1);
                case TRANSPOSED -> shape.with(last, shape.dim(last - 1)).with(last - 1, channels);
                case SLICED -> shape.with(last, (channels + 1) / 2);
            };
        }

        @Override
        public List<Block> parts() {
            return List.of(body);
        }

        @Override
        public Block with(List<Block> others) {
            return new Viewed(view, others.get(0));
        }

        @Override
        public List<Block> smaller() {
            return view == View.FLAT ? List.of() : List.of(new Viewed(View.FLAT, body));
        }

        @Override
        public Set<Feature> features() {
            return Set.of(Feature.VIEW);
        }

        @Override
        public String toString() {
            return view.name().toLowerCase(Locale.ROOT) + "(" + body + ")";
        }
    }

    private static final class Through extends UnaryModule {
        private final View view;
        private final Shape shape;
        private final Module body;

        Through(View view, Shape shape, Module body) {
            this.view = view;
            this.shape = shape;
            this.body = register("body", body);
        }

        @Override
        protected Variable forward(Variable x) {
            Shape seen = Viewed.seen(view, shape);
            return switch (view) {
                case FLAT, SPLIT -> Reshape.reshape(body.call(Reshape.reshape(x, seen.toArray())), shape.toArray());
                case TRANSPOSED -> exchanged(body.call(exchanged(x)));
                case SLICED -> {
                    long half = seen.dim(-1);
                    long rest = shape.dim(-1) - half;
                    if (rest == 0) {
                        yield body.call(x);
                    }
                    List<Variable> halves = Slice.split(x, -1, half, rest);
                    yield Concat.concat(-1, body.call(halves.get(0)), halves.get(1));
                }
            };
        }

        private static Variable exchanged(Variable x) {
            int[] order = IntStream.range(0, x.shape().rank()).toArray();
            int last = order.length - 1;
            order[last] = last - 1;
            order[last - 1] = last;
            return Transpose.transpose(x, order);
        }
    }
}
