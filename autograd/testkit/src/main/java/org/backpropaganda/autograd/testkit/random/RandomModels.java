package org.backpropaganda.autograd.testkit.random;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.ShrinkingDistance;
import net.jqwik.api.Tuple;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * A generator of {@link RandomModel}s. What the families build, autograd cannot name: it is given techniques, each with a
 * generator of blocks, and blocks.
 *
 * <pre>{@code
 * Arbitrary<RandomModel> models = RandomModels.of(Candidate.around("mine", Mine::new)).models();
 * }</pre>
 */
public final class RandomModels {
    private static final int DEPTH = 3;

    private final List<Candidate> techniques;
    private final List<Block> own;
    private final Set<Layer> left;
    private final Map<String, Arbitrary<Block>> made = new HashMap<>();

    private RandomModels(List<Candidate> techniques, List<Block> own, Set<Layer> left) {
        this.techniques = List.copyOf(techniques);
        this.own = List.copyOf(own);
        this.left = Set.copyOf(left);
    }

    /** Models in which these techniques act, each in some and all together in others. */
    public static RandomModels of(Candidate... techniques) {
        return new RandomModels(List.of(techniques), List.of(), Set.of());
    }

    /** With blocks beside those that are known. */
    public RandomModels with(List<? extends Block> blocks) {
        List<Block> all = new ArrayList<>(own);
        all.addAll(blocks);
        return new RandomModels(techniques, all, left);
    }

    /** Without layers that a technique cannot do with, and says so. */
    public RandomModels without(Set<Layer> layers) {
        return new RandomModels(techniques, own, layers);
    }

    /** The models. A failing one shrinks by {@link RandomModel#smaller}. */
    public Arbitrary<RandomModel> models() {
        Arbitrary<RandomModel> drawn = drawn();
        return Arbitraries.fromGeneratorWithSize(size -> {
            RandomGenerator<RandomModel> generator = drawn.generator(size);
            return random -> shrinkable(generator.next(random).value());
        });
    }

    /** The first models of a seed, always the same. For tests that jqwik runs, an {@code @Example} at least. */
    public Stream<RandomModel> sample(int count, long seed) {
        RandomGenerator<RandomModel> generator = drawn().generator(1000);
        Random random = new Random(seed);
        return Stream.generate(() -> generator.next(random).value()).limit(count);
    }

    private static Shrinkable<RandomModel> shrinkable(RandomModel model) {
        return new Shrinkable<>() {
            @Override
            public RandomModel value() {
                return model;
            }

            @Override
            public Stream<Shrinkable<RandomModel>> shrink() {
                return model.smaller().map(RandomModels::shrinkable);
            }

            @Override
            public ShrinkingDistance distance() {
                return ShrinkingDistance.of(model.size());
            }
        };
    }

    private Arbitrary<RandomModel> drawn() {
        Arbitrary<Block> block = block(DEPTH, true, true);
        Arbitrary<Block> body = block.list().ofMinSize(1).ofMaxSize(3).map(Wiring.Chain::new);
        Arbitrary<RandomModel.Head> head = Combinators.combine(
                        Arbitraries.frequencyOf(
                                Tuple.of(3, Arbitraries.just((Block) new Wiring.Chain(List.of()))),
                                Tuple.of(2, block(1, true, true))),
                        Arbitraries.of(false, false, true))
                .as(RandomModel.Head::new);
        return Combinators.combine(
                        Arbitraries.of(DType.DOUBLE, DType.DOUBLE, DType.FLOAT),
                        shapes(),
                        Arbitraries.frequency(
                                        Tuple.of(5, RandomModel.Source.VALUES),
                                        Tuple.of(1, RandomModel.Source.CONSTANT),
                                        Tuple.of(2, RandomModel.Source.TOKENS))
                                .list()
                                .ofMinSize(1)
                                .ofMaxSize(2),
                        body,
                        head.list().ofMinSize(1).ofMaxSize(2),
                        onTape(),
                        Arbitraries.longs().between(0, 1_000_000).withDistribution(RandomDistribution.uniform()))
                .as(RandomModel::new);
    }

    private static Arbitrary<Shape> shapes() {
        Arbitrary<Long> few = Arbitraries.of(1L, 2L, 2L, 3L);
        Arbitrary<Long> batch = Arbitraries.of(1L, 2L, 3L, 3L, 4L, 4L, 5L);
        Arbitrary<Long> channels = Arbitraries.of(1L, 2L, 3L, 4L, 5L);
        return Combinators.combine(batch, few.list().ofMaxSize(2), channels).as((n, positions, c) -> {
            long[] dims = new long[positions.size() + 2];
            dims[0] = n;
            for (int i = 0; i < positions.size(); i++) {
                dims[i + 1] = positions.get(i);
            }
            dims[dims.length - 1] = c;
            return Shape.of(dims);
        });
    }

    private Arbitrary<List<Candidate>> onTape() {
        Arbitrary<List<Candidate>> chosen = Arbitraries.just(List.of());
        for (Candidate technique : techniques) {
            if (technique.blocks(parts(0, true, true)).isEmpty()) {
                chosen = Combinators.combine(chosen, Arbitraries.of(false, false, true))
                        .as((before, here) -> here
                                ? Stream.concat(before.stream(), Stream.of(technique))
                                        .toList()
                                : before);
            }
        }
        return chosen;
    }

    private Candidate.Parts parts(int depth, boolean once, boolean kinks) {
        return new Candidate.Parts() {
            @Override
            public Arbitrary<Block> any() {
                return block(depth, once, kinks);
            }

            @Override
            public Arbitrary<Block> withoutKinks() {
                return block(depth, once, false);
            }
        };
    }

    /**
     * Blocks.
     *
     * @param depth of blocks inside one another
     * @param once whether they are called once in a step
     * @param kinks whether rectifiers may meet exact zeros
     */
    private Arbitrary<Block> block(int depth, boolean once, boolean kinks) {
        String key = depth + " " + once + " " + kinks;
        Arbitrary<Block> known = made.get(key);
        if (known == null) {
            known = depth == 0 ? leaf(kinks) : composite(depth, once, kinks);
            made.put(key, known);
        }
        return known;
    }

    private Arbitrary<Block> leaf(boolean kinks) {
        List<Block> layers = new ArrayList<>(kinks ? List.of(Layer.values()) : Layer.withoutKinks());
        layers.removeAll(left);
        layers.addAll(own);
        return Arbitraries.of(layers);
    }

    private Arbitrary<Block> composite(int depth, boolean once, boolean kinks) {
        Arbitrary<Block> inner = block(depth - 1, once, kinks);
        List<Tuple.Tuple2<Integer, Arbitrary<Block>>> choices = new ArrayList<>();
        choices.add(Tuple.of(6, leaf(kinks)));
        choices.add(Tuple.of(2, inner.list().ofMinSize(1).ofMaxSize(2).map(Wiring.Chain::new)));
        choices.add(Tuple.of(2, inner.map(Wiring.Shortcut::new)));
        choices.add(Tuple.of(
                1,
                Combinators.combine(
                                Arbitraries.of(Wiring.Join.class),
                                inner.list().ofMinSize(2).ofMaxSize(2))
                        .as(Wiring.Paths::new)));
        choices.add(Tuple.of(2, block(depth - 1, false, kinks).map(Wiring.Twice::new)));
        choices.add(Tuple.of(
                1, Combinators.combine(Arbitraries.longs().between(1, 4), inner).as(Wiring.Resized::new)));
        choices.add(Tuple.of(
                2, Combinators.combine(Arbitraries.of(Wiring.View.class), inner).as(Wiring.Viewed::new)));
        for (Candidate technique : techniques) {
            if (once || technique.mayBeShared()) {
                technique.blocks(parts(depth - 1, once, kinks)).ifPresent(blocks -> choices.add(Tuple.of(3, blocks)));
            }
        }
        return Arbitraries.frequencyOf(choices);
    }
}
