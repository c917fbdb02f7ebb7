package org.backpropaganda.autograd.testkit.random;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.testkit.Input;

/**
 * A model as a value: what it reads, what it is made of, what it returns. {@code toString()} tells all that makes it again.
 *
 * @param dtype of parameters and values
 * @param shape {@code [N, ..., C]} of what flows through it
 * @param sources inputs, which are added up; at least one
 * @param body what stands between inputs and outputs
 * @param heads outputs, at least one
 * @param onTape techniques that act on the whole tape
 * @param seed of parameters, inputs, output gradients and the step
 */
public record RandomModel(
        DType dtype,
        Shape shape,
        List<Source> sources,
        Block body,
        List<Head> heads,
        List<Candidate> onTape,
        long seed) {
    /** How many rows an embedding has, and labels range over C. */
    static final int ROWS = 3;

    private static final DType SIMPLEST = DType.DOUBLE;

    /** What an input is. */
    public enum Source {
        /** Numbers with a gradient. */
        VALUES,
        /** Numbers without one. */
        CONSTANT,
        /** Rows of an embedding, all but the last axis of the shape. */
        TOKENS
    }

    /**
     * An output.
     *
     * @param body between the model's body and it
     * @param isLoss whether labels are compared with it, one for each position
     */
    public record Head(Block body, boolean isLoss) {
        @Override
        public String toString() {
            return isLoss ? "loss of " + body : body.toString();
        }
    }

    /** Copies the lists. */
    public RandomModel {
        sources = List.copyOf(sources);
        heads = List.copyOf(heads);
        onTape = List.copyOf(onTape);
    }

    /** The module, and what it is called with. */
    Module build(Building building) {
        return new Assembled(this, building);
    }

    List<Input> inputs() {
        List<Input> inputs = new ArrayList<>();
        Shape positions = positions();
        for (Source source : sources) {
            inputs.add(
                    switch (source) {
                        case VALUES -> Input.in(shape);
                        case CONSTANT -> Input.in(shape).constant();
                        case TOKENS -> Input.labels(ROWS, positions.toArray());
                    });
        }
        if (hasLabels()) {
            inputs.add(Input.labels((int) shape.dim(-1), positions.elements()));
        }
        return inputs;
    }

    Shape positions() {
        long[] dims = shape.toArray();
        return Shape.of(Arrays.copyOf(dims, dims.length - 1));
    }

    boolean hasLabels() {
        return heads.stream().anyMatch(Head::isLoss);
    }

    /** Every block in it. */
    private List<Block> blocks() {
        List<Block> all = new ArrayList<>();
        collect(body, all);
        heads.forEach(head -> collect(head.body(), all));
        return all;
    }

    private static void collect(Block block, Collection<Block> all) {
        all.add(block);
        block.parts().forEach(part -> collect(part, all));
    }

    /** The techniques that act in it. */
    public Set<Candidate> techniques() {
        Set<Candidate> all = new LinkedHashSet<>();
        blocks().forEach(block -> block.technique().ifPresent(all::add));
        all.addAll(onTape);
        return all;
    }

    /** What occurs in it. */
    public Set<Feature> features() {
        Set<Feature> all = EnumSet.noneOf(Feature.class);
        List<Block> blocks = blocks();
        blocks.forEach(block -> all.addAll(block.features()));
        int positions = shape.rank() - 2;
        add(all, Feature.CONVOLUTION, positions > 0 && blocks.contains(Layer.MIX));
        add(all, Feature.POSITIONS, positions > 0);
        add(all, Feature.SEVERAL_INPUTS, sources.size() > 1);
        add(all, Feature.SEVERAL_OUTPUTS, heads.size() > 1);
        add(all, Feature.TOKENS, sources.contains(Source.TOKENS));
        add(all, Feature.CONSTANT_INPUT, sources.contains(Source.CONSTANT));
        add(all, Feature.LABELS, hasLabels());
        add(all, Feature.ODD_WIDTH, shape.dim(-1) > 1 && shape.dim(-1) % 2 == 1);
        add(all, Feature.AXIS_OF_ONE, Arrays.stream(shape.toArray()).skip(1).anyMatch(size -> size == 1));
        add(all, Feature.BATCH_OF_ONE, shape.dim(0) == 1);
        all.add(
                switch (dtype) {
                    case FLOAT -> Feature.FLOATS;
                    case DOUBLE -> Feature.DOUBLES;
                    case INT, BYTE, BIT -> throw new IllegalStateException("random model of " + dtype);
                });
        return all;
    }

    private static void add(Set<Feature> all, Feature feature, boolean occurs) {
        if (occurs) {
            all.add(feature);
        }
    }

    /** Models that are simpler by one thing, those that lack most first. */
    public Stream<RandomModel> smaller() {
        return Stream.of(
                        Lists.shorter(heads).stream()
                                .filter(rest -> !rest.isEmpty())
                                .map(rest -> new RandomModel(dtype, shape, sources, body, rest, onTape, seed)),
                        Lists.shorter(sources).stream()
                                .filter(rest -> !rest.isEmpty())
                                .map(rest -> new RandomModel(dtype, shape, rest, body, heads, onTape, seed)),
                        Lists.shorter(onTape).stream()
                                .map(rest -> new RandomModel(dtype, shape, sources, body, heads, rest, seed)),
                        smaller(body).map(block -> new RandomModel(dtype, shape, sources, block, heads, onTape, seed)),
                        Lists.replaced(heads, RandomModel::smaller)
                                .map(other -> new RandomModel(dtype, shape, sources, body, other, onTape, seed)),
                        Lists.replaced(
                                        sources,
                                        source -> source == Source.VALUES ? Stream.of() : Stream.of(Source.VALUES))
                                .map(other -> new RandomModel(dtype, shape, other, body, heads, onTape, seed)),
                        smallerShapes().map(other -> new RandomModel(dtype, other, sources, body, heads, onTape, seed)),
                        Stream.of(SIMPLEST)
                                .filter(type -> type != dtype)
                                .map(type -> new RandomModel(type, shape, sources, body, heads, onTape, seed)))
                .flatMap(models -> models);
    }

    private static Stream<Head> smaller(Head head) {
        return Stream.concat(
                head.isLoss() ? Stream.of(new Head(head.body(), false)) : Stream.of(),
                smaller(head.body()).map(body -> new Head(body, head.isLoss())));
    }

    private static Stream<Block> smaller(Block block) {
        return Stream.of(
                        block.parts().stream(),
                        block.smaller().stream(),
                        Lists.replaced(block.parts(), RandomModel::smaller).map(block::with))
                .flatMap(blocks -> blocks);
    }

    private Stream<Shape> smallerShapes() {
        List<Shape> shapes = new ArrayList<>();
        for (int axis = 1; axis < shape.rank() - 1; axis++) {
            shapes.add(without(axis));
        }
        for (int axis = 0; axis < shape.rank(); axis++) {
            if (shape.dim(axis) > 1) {
                shapes.add(shape.with(axis, 1));
                shapes.add(shape.with(axis, shape.dim(axis) - 1));
            }
        }
        return shapes.stream().distinct();
    }

    private Shape without(int axis) {
        List<Long> dims = new ArrayList<>();
        for (int i = 0; i < shape.rank(); i++) {
            if (i != axis) {
                dims.add(shape.dim(i));
            }
        }
        return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
    }

    /** How much there is to it: what {@link #smaller} gives has less. */
    long size() {
        List<Block> blocks = blocks();
        List<Layer> layers = List.of(Layer.values());
        long kinds = blocks.stream()
                .mapToLong(block -> Math.max(0, layers.indexOf(block)))
                .sum();
        long remarkable = heads.stream().filter(Head::isLoss).count()
                + sources.stream().filter(source -> source != Source.VALUES).count()
                + (dtype.equals(SIMPLEST) ? 0 : 1);
        return 100L * (blocks.size() + sources.size() + heads.size() + onTape.size())
                + shape.elements()
                + shape.rank()
                + kinds
                + remarkable;
    }

    @Override
    public String toString() {
        String from = sources.stream()
                .map(source -> source.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(" + "));
        String to = heads.stream().map(Object::toString).collect(Collectors.joining(" and "));
        String tape = onTape.isEmpty() ? "" : ", tape: " + onTape;
        return dtype + "" + shape + ", seed " + seed + tape + ": " + from + " -> " + body + " -> " + to;
    }
}
