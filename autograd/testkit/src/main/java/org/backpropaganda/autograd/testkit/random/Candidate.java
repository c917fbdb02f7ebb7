package org.backpropaganda.autograd.testkit.random;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitrary;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * A way to train in less memory that is held to plain backpropagation, with what it promises. It acts where its {@linkplain #blocks blocks} stand in a model, or on
 * the whole tape.
 *
 * <pre>{@code
 * Candidate checkpoint = Candidate.around("checkpoint", Checkpoint::checkpoint);
 * Candidate onHeap = Candidate.policy("heap", () -> SavedTensorPolicy.of(new HeapCodec()));
 * }</pre>
 *
 * For implementers: promise by the bounds what a step may differ by; at first nothing, not by a bit.
 */
public interface Candidate {

    /** Blocks to make others of: of any kind, or of those alone that small differences cannot tip over. */
    interface Parts {
        /** All blocks, rectifiers of exact zeros included. */
        Arbitrary<Block> any();

        /** Blocks whose gradient is continuous where a model is likely to come: for techniques that round. */
        Arbitrary<Block> withoutKinks();
    }

    /** A short name. */
    String name();

    /** Blocks that it arranges; nothing if it acts on the tape. */
    default Optional<Arbitrary<Block>> blocks(Parts parts) {
        return Optional.empty();
    }

    /** Acts on the tape of a step. */
    default TapeBuilder onTape(TapeBuilder tape) {
        return tape;
    }

    /** How far outputs and buffers may lie from plain's: ‖y−y₀‖₂/‖y₀‖₂. 0 is the same bits, infinity is not compared. */
    default double outputBound(DType dtype) {
        return 0;
    }

    /** How far each gradient may lie from plain's, likewise. */
    default double gradientBound(DType dtype) {
        return 0;
    }

    /** Whether a plain step is watched first: {@link Building#remember}. */
    default boolean isRehearsed() {
        return false;
    }

    /** Whether a model may call its modules more than once in a step. */
    default boolean mayBeShared() {
        return true;
    }

    /** Whether a step on shapes alone predicts its bytes. */
    default boolean isPredicted() {
        return true;
    }

    /** Wraps modules, anywhere and inside one another, and changes no bit. */
    static Candidate around(String name, UnaryOperator<Module> wrapper) {
        return new Candidate() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Optional<Arbitrary<Block>> blocks(Parts parts) {
                return Optional.of(parts.any().map(body -> new Around(this, wrapper, body)));
            }

            @Override
            public String toString() {
                return name;
            }
        };
    }

    /** Puts saved tensors away and brings back the same bits; each step has a policy of its own. */
    static Candidate policy(String name, Supplier<SavedTensorPolicy> policy) {
        return new Candidate() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public TapeBuilder onTape(TapeBuilder tape) {
                return tape.policy(policy.get());
            }

            @Override
            public String toString() {
                return name;
            }
        };
    }

    /** A body inside a wrapper. */
    record Around(Candidate by, UnaryOperator<Module> wrapper, Block body) implements Block {
        @Override
        public Module build(Building building, Shape shape) {
            Module module = body.build(building, shape);
            return building.isArranged() ? wrapper.apply(module) : module;
        }

        @Override
        public List<Block> parts() {
            return List.of(body);
        }

        @Override
        public Block with(List<Block> others) {
            return new Around(by, wrapper, others.get(0));
        }

        @Override
        public Set<Feature> features() {
            return Set.of();
        }

        @Override
        public Optional<Candidate> technique() {
            return Optional.of(by);
        }

        @Override
        public String toString() {
            return by.name() + "(" + body + ")";
        }
    }
}
