package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.technique.Savings;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.UserException;
import org.jspecify.annotations.Nullable;

/**
 * What the techniques of a model make of the tensors that the steps of one run save.
 *
 * <pre>{@code
 * try (ModelSavings savings = model.open(root)) {
 *     Tape tape = Tape.builder(scope).seed(step).policy(savings.policy()).build();
 * }
 * }</pre>
 */
public final class ModelSavings implements AutoCloseable {
    private final List<Savings> opened;
    private final SavedTensorPolicy policy;

    private ModelSavings(List<Savings> opened, SavedTensorPolicy policy) {
        this.opened = opened;
        this.policy = policy;
    }

    /**
     * Opens what every technique needs.
     *
     * @throws UserException in the technique's words, if a setting cannot be used
     */
    static ModelSavings open(List<Technique> techniques, TechniqueSettings settings, TensorScope scope) {
        List<Savings> opened = new ArrayList<>();
        try {
            SavedTensorPolicy policy = SavedTensorPolicy.keep();
            for (Technique technique : techniques) {
                Savings savings = technique.open(settings, scope);
                opened.add(savings);
                policy = savings.before(policy);
            }
            return new ModelSavings(List.copyOf(opened), policy);
        } catch (RuntimeException | Error e) {
            close(opened, e);
            if (e instanceof IllegalArgumentException) {
                throw new UserException(String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    /** For the tapes of the run. */
    public SavedTensorPolicy policy() {
        return policy;
    }

    /** Whether no technique has a say in what becomes of saved tensors. */
    public boolean isNone() {
        return opened.stream().allMatch(each -> each == Savings.NONE);
    }

    /** What they have counted so far, by the names of {@code report.json}. */
    public Map<String, Object> figures() {
        Map<String, Object> all = new LinkedHashMap<>();
        opened.forEach(savings -> all.putAll(savings.figures()));
        return all;
    }

    @Override
    public void close() {
        @Nullable RuntimeException failure = close(opened, null);
        if (failure != null) {
            throw failure;
        }
    }

    /** Closes all, the last first, whatever fails; returns the first failure, unless there was one before. */
    private static @Nullable RuntimeException close(List<Savings> opened, @Nullable Throwable before) {
        @Nullable RuntimeException first = null;
        for (int i = opened.size() - 1; i >= 0; i--) {
            try {
                opened.get(i).close();
            } catch (RuntimeException e) {
                if (before != null) {
                    before.addSuppressed(e);
                } else if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        return first;
    }
}
