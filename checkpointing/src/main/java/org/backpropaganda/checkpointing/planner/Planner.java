package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Finds the fastest training step of a model that fits into a number of bytes, over all techniques of the class path at once:
 * which blocks store, which are computed again, packed or reversed. It looks at shapes alone, so nothing of the model is
 * computed or changed, and each plan that it returns was run on shapes, so the bytes that it tells are those that the ledger
 * then counts.
 *
 * <pre>{@code
 * Plan plan = Planner.of(model, new TensorSpec(Shape.of(64, 32, 32, 3), DType.FLOAT))
 *         .loss((results, labels) -> SoftmaxCrossEntropy.crossEntropy(results.get(0), labels.get(0)), labelSpec)
 *         .optimizer((parameters, scope) -> Sgd.builder(0.1).momentum(0.9).build(parameters, scope))
 *         .budgetBytes(200L << 20)
 *         .fastest();
 * System.out.println(plan);
 * PlannedModel planned = plan.applyTo(model, scope);
 * }</pre>
 *
 * <p>The budget is for all that lives in a step: parameters and buffers, state of the optimizer, the batch, gradients, and
 * what passes through and is kept for backward. A model is cut into blocks where one tensor, or one set of streams, passes
 * between links of {@link org.backpropaganda.autograd.nn.Sequential}s, nested ones included; anything else is one block.
 * Techniques that are exact are used unasked, others if they are {@linkplain #allow allowed}. Planners are immutable.
 *
 * <p>Not for two threads that change the model meanwhile.
 */
public final class Planner {
    private final Question question;

    /**
     * All that a search starts from.
     *
     * @param model whose parameters and buffers there are
     * @param budgetBytes or {@link Long#MAX_VALUE}
     * @param settings null for none
     * @param engine in whose image steps are run on shapes
     */
    private record Question(
            Part structure,
            Module model,
            StepOutline outline,
            long budgetBytes,
            Set<String> allowed,
            CostModel costs,
            @Nullable TechniqueSettings settings,
            @Nullable Engine engine) {

        Question with(StepOutline other) {
            return new Question(structure, model, other, budgetBytes, allowed, costs, settings, engine);
        }
    }

    private Planner(Question question) {
        this.question = question;
    }

    /**
     * For a model that is called with inputs of the given shapes. Its results get gradients from outside unless a {@link #loss}
     * is told.
     *
     * @param model not modified; its parameters may live in any engine
     */
    public static Planner of(Module model, TensorSpec... inputs) {
        return of(Structure.of(model), StepOutline.of(inputs));
    }

    /**
     * For a model that describes its structure, and a whole step.
     *
     * @param structure as no technique has touched it
     */
    public static Planner of(Part structure, StepOutline outline) {
        return new Planner(new Question(
                structure, structure.build(), outline, Long.MAX_VALUE, Set.of(), CostModel.counted(), null, null));
    }

    /**
     * With so many bytes for the whole step.
     *
     * @throws IllegalArgumentException if that is below 1
     */
    public Planner budgetBytes(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("planner: a budget of " + bytes + " bytes is below 1");
        }
        Question q = question;
        return new Planner(
                new Question(q.structure, q.model, q.outline, bytes, q.allowed, q.costs, q.settings, q.engine));
    }

    /**
     * With a loss of the model's results, which are released when it is there.
     *
     * @param labels what it takes beside them, held to the end of the step
     */
    public Planner loss(StepOutline.Loss loss, TensorSpec... labels) {
        StepOutline o = question.outline;
        return new Planner(question.with(
                new StepOutline(o.inputs(), List.of(labels), loss, o.optimizer(), o.updatesDuringBackward())));
    }

    /** With an optimizer of the model's parameters, whose state is live all the time. */
    public Planner optimizer(StepOutline.OptimizerMaker optimizer) {
        StepOutline o = question.outline;
        return new Planner(
                question.with(new StepOutline(o.inputs(), o.labels(), o.loss(), optimizer, o.updatesDuringBackward())));
    }

    /** With parameters that are updated as soon as their gradients are complete, so that those never exist together. */
    public Planner updatesDuringBackward() {
        StepOutline o = question.outline;
        return new Planner(question.with(new StepOutline(o.inputs(), o.labels(), o.loss(), o.optimizer(), true)));
    }

    /**
     * With techniques that are not exact, or that need an argument.
     *
     * @param terms as a strategy has them: {@code "abn"}, {@code "reversible"}, {@code "save:q8"}
     * @throws IllegalArgumentException if one is unknown
     */
    public Planner allow(String... terms) {
        Set<String> all = new LinkedHashSet<>(question.allowed);
        all.addAll(Arrays.asList(terms));
        Ways.of(all);
        Question q = question;
        return new Planner(new Question(
                q.structure, q.model, q.outline, q.budgetBytes, Set.copyOf(all), q.costs, q.settings, q.engine));
    }

    /** With other times of ops than {@link CostModel#counted}. */
    public Planner costs(CostModel costs) {
        Question q = question;
        return new Planner(
                new Question(q.structure, q.model, q.outline, q.budgetBytes, q.allowed, costs, q.settings, q.engine));
    }

    /**
     * With times that were measured in real steps of the model: of the fastest plan by counted times, and of plain
     * backpropagation and each technique alone as far as they stay within the budget too and compute what the plan does not.
     * What did not run there is counted, at the pace of what did. The model's parameters have to have values; nothing of it is
     * changed.
     *
     * @param scope of the engine that the model is trained in
     * @param steps how many of each are timed, of which each op's median is taken
     * @throws InfeasibleBudgetException if no step fits into the budget
     */
    public Planner measured(TensorScope scope, int steps) {
        Planner counting = costs(CostModel.counted());
        List<Plan> plans = new ArrayList<>(List.of(counting.fastest()));
        counting.alone().stream()
                .filter(plan -> plan.predictedPeakBytes() <= question.budgetBytes)
                .forEach(plans::add);
        return costs(working(workshop -> workshop.measure(plans, scope, steps)));
    }

    /** With settings of techniques, as the directory that tensors are moved to. */
    public Planner settings(TechniqueSettings settings) {
        Question q = question;
        return new Planner(
                new Question(q.structure, q.model, q.outline, q.budgetBytes, q.allowed, q.costs, settings, q.engine));
    }

    /** For steps that run in an engine like this one, whose threads and settings decide what kernels take; the model's by default. */
    public Planner engine(Engine engine) {
        Question q = question;
        return new Planner(
                new Question(q.structure, q.model, q.outline, q.budgetBytes, q.allowed, q.costs, q.settings, engine));
    }

    /**
     * The fastest step within the budget.
     *
     * @throws InfeasibleBudgetException if none was found; the message names the least budget and the block that sets it
     */
    public Plan fastest() {
        return searching(search -> {
            Tried best = search.fastest(question.budgetBytes).orElse(null);
            if (best == null) {
                PlanSearch.Least least = search.least();
                if (least.tried().peakBytes() > question.budgetBytes) {
                    throw new InfeasibleBudgetException(
                            question.budgetBytes, least.tried().peakBytes(), least.bindingBlock());
                }
                best = least.tried();
            }
            return search.plan(best, question.budgetBytes);
        });
    }

    /** All that is to be told of the budget, from one search. */
    public PlanSurvey survey() {
        return searching(search -> {
            PlanSearch.Least least = search.least();
            long budget = question.budgetBytes;
            Tried best = search.fastest(budget)
                    .or(() -> Optional.of(least.tried()).filter(tried -> tried.peakBytes() <= budget))
                    .orElse(null);
            List<Tried> envelope = search.frontier();
            List<Plan> alone = new ArrayList<>(List.of(search.plan(search.plain(), Long.MAX_VALUE)));
            search.alone().forEach(tried -> alone.add(search.plan(tried, Long.MAX_VALUE)));
            List<Plan> frontier = envelope.stream()
                    .map(each -> search.plan(each, each.peakBytes()))
                    .toList();
            return new PlanSurvey(
                    budget,
                    best == null ? null : search.plan(best, budget),
                    least.tried().peakBytes(),
                    least.bindingBlock(),
                    frontier,
                    alone,
                    search.pricing().refused());
        });
    }

    /**
     * The most bytes that are live in a step of the model under one technique alone, without any search.
     *
     * @param term as a strategy writes it; {@code "plain"} for none
     * @throws IllegalArgumentException if the technique does not fit the model; the message tells why
     */
    public long peakBytes(String term) {
        return working(workshop -> workshop.peakBytes(term, question.costs));
    }

    /** The least bytes that a step was found to need, in any of the techniques that may be used. */
    public long leastBytes() {
        return searching(search -> search.least().tried().peakBytes());
    }

    /** Steps that none beats in bytes and time at once, whatever the budget: bytes rise from plan to plan, times fall. */
    public List<Plan> frontier() {
        return searching(search -> {
            List<Plan> plans = new ArrayList<>();
            search.frontier().forEach(tried -> plans.add(search.plan(tried, tried.peakBytes())));
            return List.copyOf(plans);
        });
    }

    /** What each technique that may be used does alone, plain backpropagation first. */
    public List<Plan> alone() {
        return searching(search -> {
            List<Plan> plans = new ArrayList<>(List.of(search.plan(search.plain(), Long.MAX_VALUE)));
            search.alone().forEach(tried -> plans.add(search.plan(tried, Long.MAX_VALUE)));
            return List.copyOf(plans);
        });
    }

    /**
     * The largest batch of which a step fits into the budget: the first dimension of all inputs and labels.
     *
     * @param most that is looked at
     * @return 0 if a batch of one does not fit
     * @throws IllegalArgumentException if the inputs have different first dimensions
     */
    public long largestBatch(long most) {
        long low = 0;
        long next = 1;
        while (next <= most && fits(next)) {
            low = next;
            next = Math.min(most, 2 * next) == low ? most + 1 : Math.min(most, 2 * next);
        }
        long high = next;
        while (high - low > 1) {
            long middle = (low + high) >>> 1;
            if (fits(middle)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private boolean fits(long batch) {
        StepOutline o = question.outline;
        StepOutline other = new StepOutline(
                of(batch, o.inputs()), of(batch, o.labels()), o.loss(), o.optimizer(), o.updatesDuringBackward());
        return new Planner(question.with(other)).searching(search -> search.fits(question.budgetBytes));
    }

    private List<TensorSpec> of(long batch, List<TensorSpec> specs) {
        long before = question.outline.inputs().get(0).shape().dim(0);
        List<TensorSpec> scaled = new ArrayList<>();
        for (TensorSpec spec : specs) {
            long[] dims = spec.shape().toArray();
            if (dims.length == 0 || dims[0] != before) {
                throw new IllegalArgumentException("planner: " + spec + " does not begin with the batch of " + before
                        + " samples that the first input has; give inputs and labels that do");
            }
            dims[0] = batch;
            scaled.add(new TensorSpec(Shape.of(dims), spec.dtype()));
        }
        return scaled;
    }

    <R> R searching(Function<PlanSearch, R> use) {
        return working(workshop -> use.apply(new PlanSearch(workshop, question.costs)));
    }

    private <R> R working(Function<Workshop, R> use) {
        Engine given = question.engine;
        try (Engine nowhere = Engine.withoutMemory()) {
            TechniqueSettings settings = question.settings != null
                    ? question.settings
                    : new TechniqueSettings(new ParameterFactory(nowhere.scope(""), DType.FLOAT, 0), Map.of());
            Engine like = given != null
                    ? given
                    : question.model.trainedParameters().stream()
                            .findFirst()
                            .map(parameter -> parameter.value().engine())
                            .orElse(nowhere);
            Updates updates = Updates.of(question.model, question.outline);
            try (Engine engine = Engine.withoutMemory(like)) {
                return use.apply(new Workshop(
                        question.structure,
                        Cuts.of(question.structure),
                        Ways.of(question.allowed),
                        settings,
                        question.outline,
                        updates,
                        new ShapeStep(question.outline, updates, engine)));
            }
        }
    }
}
