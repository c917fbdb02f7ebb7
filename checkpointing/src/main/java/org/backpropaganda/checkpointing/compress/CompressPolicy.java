package org.backpropaganda.checkpointing.compress;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Saving;

/**
 * Which saved tensors are packed by which codec: by op, by label, by path of the module, by a condition, or all. The first rule
 * that holds decides, and where none does, another policy.
 *
 * <pre>{@code
 * SavedTensorPolicy policy = CompressPolicy.builder()
 *         .path("head", SavedTensorCodec.keep())
 *         .where(DerivativeCodec::fits, DerivativeCodec.policy())
 *         .bits("blocks", 4)
 *         .all(new QuantizedCodec(8))
 *         .build();
 * Tape tape = Tape.builder(scope).seed(step).policy(policy).build();
 * }</pre>
 *
 * <p>Where a codec loses bits, rules pass by, unless said otherwise:
 * <ul>
 *   <li>tensors of fewer than {@link #SMALLEST} bytes, which {@link Builder#smallest} changes;
 *   <li>integers and bits;
 *   <li>statistics of norms, labelled mean, variance or deviation, whose error is that of every element, unless a rule asks for
 *       the label;
 *   <li>inputs of segments that compute again from them, as checkpoints do, unless a rule asks for the op, the label or the very
 *       path: the replay of what was rounded has other values than the first run had;
 *   <li>what has to come back bit for bit, the streams of reversible sequences and the outputs of in-place norms. A rule that
 *       asks for it by op, label or the very path of its module is refused when the tape saves it.
 * </ul>
 *
 * <p>Immutable, and without a state of a tape's.
 */
public final class CompressPolicy implements SavedTensorPolicy {
    /** Bytes below which a tensor is not packed, unless said otherwise. */
    public static final long SMALLEST = 4096;

    private static final Set<String> STATISTICS = Set.of("mean", "variance", "deviation");

    private final List<Rule> rules;
    private final long smallestBytes;
    private final SavedTensorPolicy rest;

    /** How a rule came to hold for a saving. */
    private enum Asked {
        /** Not at all. */
        NOT,
        /** Among others. */
        AMONG_OTHERS,
        /** By its op or the very path of its module. */
        BY_READER,
        /** By its label. */
        BY_LABEL
    }

    /** For what, and how. */
    private record Rule(Function<Saving, Asked> asked, SavedTensorPolicy how) {}

    private CompressPolicy(Builder builder) {
        rules = List.copyOf(builder.rules);
        smallestBytes = builder.smallestBytes;
        rest = builder.rest;
    }

    /** A policy of rules. */
    public static Builder builder() {
        return new Builder();
    }

    /** Packs everything that may be packed by one codec. */
    public static CompressPolicy of(SavedTensorCodec codec) {
        return builder().all(codec).build();
    }

    /** Collects rules, of which the first that holds decides. */
    public static final class Builder {
        private final List<Rule> rules = new ArrayList<>();
        private long smallestBytes = SMALLEST;
        private SavedTensorPolicy rest = SavedTensorPolicy.keep();

        private Builder() {}

        /** What an op or segment of a name saves. */
        public Builder op(String op, SavedTensorCodec codec) {
            return op(op, saving -> codec);
        }

        /** What an op or segment of a name saves, as another policy says. */
        public Builder op(String op, SavedTensorPolicy how) {
            return rule(saving -> saving.op().equals(op) ? Asked.BY_READER : Asked.NOT, how);
        }

        /** What is saved under a label: {@code "input 0"}, {@code "output"}, or the name of an extra as {@code "probabilities"}. */
        public Builder label(String label, SavedTensorCodec codec) {
            return rule(saving -> saving.label().equals(label) ? Asked.BY_LABEL : Asked.NOT, saving -> codec);
        }

        /** What an op or segment of a name saves under a label. */
        public Builder label(String op, String label, SavedTensorCodec codec) {
            return rule(
                    saving -> saving.op().equals(op) && saving.label().equals(label) ? Asked.BY_LABEL : Asked.NOT,
                    saving -> codec);
        }

        /** What a module and all in it saves. */
        public Builder path(String path, SavedTensorCodec codec) {
            return rule(saving -> asked(path, saving.path()), saving -> codec);
        }

        private static Asked asked(String path, String saved) {
            if (saved.equals(path)) {
                return path.isEmpty() ? Asked.AMONG_OTHERS : Asked.BY_READER;
            }
            return path.isEmpty() || saved.startsWith(path + ".") ? Asked.AMONG_OTHERS : Asked.NOT;
        }

        /** What a module and all in it saves, in so many bits: 2, 4 or 8. */
        public Builder bits(String path, int bits) {
            return path(path, new QuantizedCodec(bits));
        }

        /** Each saved tensor in the bits that were allocated to it; others as later rules say. */
        public Builder bits(BitAllocation allocation) {
            return rule(
                    saving -> allocation.bits(SavedName.of(saving)).isPresent() ? Asked.AMONG_OTHERS : Asked.NOT,
                    saving -> new QuantizedCodec(
                            allocation.bits(SavedName.of(saving)).getAsInt()));
        }

        /** What a condition holds for, of what may lose bits. */
        public Builder where(Predicate<Saving> condition, SavedTensorCodec codec) {
            return where(condition, saving -> codec);
        }

        /** What a condition holds for, of what may lose bits, as another policy says. */
        public Builder where(Predicate<Saving> condition, SavedTensorPolicy how) {
            return rule(saving -> condition.test(saving) ? Asked.AMONG_OTHERS : Asked.NOT, how);
        }

        /** Everything that may lose bits. */
        public Builder all(SavedTensorCodec codec) {
            return where(saving -> true, codec);
        }

        private Builder rule(Function<Saving, Asked> asked, SavedTensorPolicy how) {
            rules.add(new Rule(asked, how));
            return this;
        }

        /** Bytes below which a tensor is not packed; 0 packs all. */
        public Builder smallest(long bytes) {
            smallestBytes = bytes;
            return this;
        }

        /** What becomes of what no rule packs: it is kept, unless this says otherwise. */
        public Builder otherwise(SavedTensorPolicy policy) {
            rest = policy;
            return this;
        }

        /** The policy. */
        public CompressPolicy build() {
            return new CompressPolicy(this);
        }
    }

    @Override
    public SavedTensorCodec choose(Saving saving) {
        for (Rule rule : rules) {
            Asked asked = rule.asked.apply(saving);
            if (asked != Asked.NOT) {
                SavedTensorCodec codec = rule.how.choose(saving);
                if (codec.isExact() || mayLoseBits(saving, asked)) {
                    return codec;
                }
            }
        }
        return rest.choose(saving);
    }

    /** Whether a rule is to be followed: also where it asks for what the tape will refuse. */
    private boolean mayLoseBits(Saving saving, Asked asked) {
        if (asked == Asked.BY_LABEL && saving.isExact()) {
            return true;
        }
        if (!saving.spec().dtype().isDifferentiable()) {
            return false;
        }
        if (saving.isExact()) {
            return asked == Asked.BY_READER;
        }
        return saving.tensor().bytes() >= smallestBytes
                && (asked == Asked.BY_LABEL
                        || (!STATISTICS.contains(saving.label())
                                && (asked == Asked.BY_READER || saving.reader() != null)));
    }
}
