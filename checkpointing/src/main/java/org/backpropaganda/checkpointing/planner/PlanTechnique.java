package org.backpropaganda.checkpointing.planner;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.technique.ByteSize;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Usage;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * {@code plan:200MiB}: the whole model is executed as a {@link Planner} finds it fastest within so many bytes, which are a hard
 * limit of the ledger too. The setting {@code allow} names techniques that are not exact, joined by commas.
 */
public final class PlanTechnique implements Technique {
    private final @Nullable String budget;

    /** To be told the budget. */
    public PlanTechnique() {
        this(null);
    }

    private PlanTechnique(@Nullable String budget) {
        this.budget = budget;
    }

    @Override
    public String name() {
        return "plan";
    }

    @Override
    public String term() {
        return budget == null ? name() : name() + ":" + budget;
    }

    @Override
    public List<Usage> usages() {
        return List.of(
                new Usage(
                        name() + ":BYTES",
                        "block by block, whatever makes a step fastest that has at most so many bytes live, as in plan:200MiB"));
    }

    @Override
    public Technique with(String argument) {
        bytes(argument);
        return new PlanTechnique(argument);
    }

    private static long bytes(String argument) {
        return ByteSize.parse(argument);
    }

    @Override
    public Fidelity fidelity() {
        return Fidelity.EXACT;
    }

    @Override
    public Level level() {
        return Level.MODEL;
    }

    @Override
    public Optional<String> refusal(Part structure, TechniqueSettings settings) {
        return settings.step() == null
                ? Optional.of("nobody has told which batch, loss and optimizer a step has")
                : Optional.empty();
    }

    @Override
    public Part arrange(Part structure, TechniqueSettings settings) {
        StepOutline step = requireNonNull(settings.step(), "plan: no step was told");
        TensorScope scope = settings.factory().scope();
        Plan plan;
        try {
            plan = Planner.of(structure, step)
                    .settings(settings)
                    .engine(scope.engine())
                    .allow(allowed(settings))
                    .budgetBytes(bytes(requireNonNull(budget, "plan: no budget was told")))
                    .fastest();
        } catch (InfeasibleBudgetException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        PlannedModel planned = plan.applyTo(structure, settings, scope);
        PlannedModels.of(scope.engine()).add(planned);
        Module module = new PlannedModule(plan, planned.module());
        return new Composite(List.of(), none -> module);
    }

    private static String[] allowed(TechniqueSettings settings) {
        List<String> terms = new ArrayList<>();
        settings.word("allow").ifPresent(list -> terms.addAll(Arrays.asList(list.split(",", -1))));
        return terms.toArray(String[]::new);
    }

    @Override
    public OptionalLong memoryBudgetBytes() {
        return budget == null ? OptionalLong.empty() : OptionalLong.of(bytes(budget));
    }
}
