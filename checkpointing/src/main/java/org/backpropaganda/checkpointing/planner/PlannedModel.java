package org.backpropaganda.checkpointing.planner;

import java.util.Map;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.WithPolicy;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Savings;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.tensor.TensorScope;

/** A model put together as a {@link Plan} says. Close it when no step will be made any more; the parameters stay. */
public final class PlannedModel implements AutoCloseable {
    private final Module module;
    private final Figures figures;
    private final Runnable closing;

    /** What techniques have counted. */
    private interface Figures {
        Map<String, Object> get();
    }

    PlannedModel(Assembly assembly) {
        this(assembly.module(), assembly::figures, assembly::close);
    }

    private PlannedModel(Module module, Figures figures, Runnable closing) {
        this.module = module;
        this.figures = figures;
        this.closing = closing;
    }

    /** A model that one technique arranges. */
    static PlannedModel of(Technique technique, Part structure, TechniqueSettings settings, TensorScope scope) {
        Savings savings = technique.open(settings, scope);
        Module arranged = technique.arrange(structure, settings).build();
        boolean saves = Ways.decidesSaves(technique);
        return new PlannedModel(
                saves ? new WithPolicy(arranged, savings::before) : arranged, savings::figures, savings::close);
    }

    /** The module to call, which shares its parameters with the model. */
    public Module module() {
        return module;
    }

    /** What techniques have counted so far, by the names of {@code report.json}. */
    public Map<String, Object> figures() {
        return figures.get();
    }

    @Override
    public void close() {
        closing.run();
    }
}
