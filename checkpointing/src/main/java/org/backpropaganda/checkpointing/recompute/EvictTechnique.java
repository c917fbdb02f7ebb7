package org.backpropaganda.checkpointing.recompute;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.technique.ByteSize;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Savings;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Usage;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * {@code evict:200MiB}: no more bytes than that are live, of all kinds together; saved tensors that can be computed again make room
 * for others, by an {@link Evictor}.
 */
public final class EvictTechnique implements Technique {
    private final String argument;
    private final long budgetBytes;

    /** To be told the budget. */
    public EvictTechnique() {
        this("", Long.MAX_VALUE);
    }

    private EvictTechnique(String argument, long budgetBytes) {
        this.argument = argument;
        this.budgetBytes = budgetBytes;
    }

    @Override
    public String name() {
        return "evict";
    }

    @Override
    public String term() {
        return argument.isEmpty() ? name() : name() + ":" + argument;
    }

    @Override
    public List<Usage> usages() {
        return List.of(new Usage(
                name() + ":BYTES",
                "at most so many bytes are live, as in evict:200MiB; what can be computed again makes room"));
    }

    @Override
    public Technique with(String written) {
        if (!written.endsWith("B")) {
            throw new IllegalArgumentException(
                    "'" + written + "' is no number of bytes with a unit B, KiB, MiB or GiB");
        }
        return new EvictTechnique(written, ByteSize.parse(written));
    }

    @Override
    public Fidelity fidelity() {
        return Fidelity.EXACT;
    }

    @Override
    public Level level() {
        return Level.PLACE;
    }

    @Override
    public Optional<String> refusal(Part structure, TechniqueSettings settings) {
        return Optional.empty();
    }

    @Override
    public OptionalLong memoryBudgetBytes() {
        return OptionalLong.of(budgetBytes);
    }

    @Override
    public Savings open(TechniqueSettings settings, TensorScope scope) {
        Evictor evictor = new Evictor();
        return new Savings() {
            @Override
            public SavedTensorPolicy before(SavedTensorPolicy rest) {
                return evictor.over(rest);
            }

            @Override
            public Map<String, Object> figures() {
                return Map.of("eviction", evictor.report());
            }
        };
    }
}
