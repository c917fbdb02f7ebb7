package org.backpropaganda.autograd.testkit.random;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.Reporter;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.testkit.TestSeed;

/**
 * Holds techniques, and all combinations of them, to plain backpropagation on random models; see {@link AsPlain} for what is
 * compared. One technique or block of one's own takes three lines:
 *
 * <pre>{@code
 * class MineTest extends RandomModelContract {
 *     protected List<Candidate> techniques() { return List.of(Candidate.around("mine", Mine::new)); }
 * }
 * }</pre>
 *
 * The first model that fails is made smaller as long as it fails in the same way, and shown. Numbers follow from {@link
 * TestSeed}.
 */
public abstract class RandomModelContract {
    private static final double LEAST_PART = 0.05;

    /** The techniques that act. */
    protected List<Candidate> techniques() {
        return List.of();
    }

    /** Blocks beside those that are known. */
    protected List<Block> blocks() {
        return List.of();
    }

    /** Layers that a technique cannot do with, and says so. */
    protected Set<Layer> without() {
        return Set.of();
    }

    /** How many models. */
    protected int models() {
        return 500;
    }

    /** How often each pair of techniques has to occur in them. */
    protected int leastPairs() {
        return models() / 30;
    }

    private RandomModels generator() {
        return RandomModels.of(techniques().toArray(Candidate[]::new))
                .with(blocks())
                .without(without());
    }

    @Example
    final void everyModelIsAsPlain() {
        try (Engine engine = Engine.builder().threads(1).build()) {
            generator()
                    .sample(models(), TestSeed.get())
                    .forEach(model -> failure(engine, model).ifPresent(failure -> {
                        throw smallest(model, failure);
                    }));
        }
    }

    private static Optional<AssertionError> failure(Engine engine, RandomModel model) {
        try {
            AsPlain.check(engine, model);
            return Optional.empty();
        } catch (AssertionError e) {
            return Optional.of(e);
        }
    }

    /** On an engine that holds nothing of other models. */
    private static Optional<AssertionError> failureAlone(RandomModel model) {
        try (Engine engine = Engine.builder().threads(1).build()) {
            return failure(engine, model);
        }
    }

    /** What the smallest model says that can be reached while it fails. */
    private static AssertionError smallest(RandomModel found, AssertionError failure) {
        RandomModel model = found;
        AssertionError smallest = failure;
        boolean shrinks = true;
        while (shrinks) {
            shrinks = false;
            for (RandomModel smaller : (Iterable<RandomModel>) model.smaller()::iterator) {
                Optional<AssertionError> again = failureAlone(smaller);
                if (again.isPresent() && alike(again.get(), failure)) {
                    model = smaller;
                    smallest = again.get();
                    shrinks = true;
                    break;
                }
            }
        }
        return new AssertionError(
                "smallest model that fails: " + smallest.getMessage() + "\nfound in: " + found, smallest);
    }

    private static boolean alike(AssertionError one, AssertionError other) {
        return kind(one) == kind(other);
    }

    private static Class<?> kind(AssertionError failure) {
        Throwable cause = failure.getCause();
        return (cause == null ? failure : cause).getClass();
    }

    @Example
    final void everyFeatureAndEveryPairOccurs(Reporter reporter) {
        Occurrences occurrences = new Occurrences(techniques());
        generator().sample(models(), TestSeed.get()).forEach(occurrences::add);
        reporter.publishValue("random models", occurrences.toString());
        occurrences.assertEnough(LEAST_PART, leastPairs());
    }
}
