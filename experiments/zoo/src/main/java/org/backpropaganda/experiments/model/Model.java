package org.backpropaganda.experiments.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.LocallyTrained;
import org.backpropaganda.autograd.technique.Pair;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.SelfTrained;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.TrainingSteps;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.planner.Plan;
import org.backpropaganda.checkpointing.planner.PlannedModule;
import org.backpropaganda.experiments.UserException;
import org.jspecify.annotations.Nullable;

/**
 * A model arranged for a strategy. Its parameters bear the names of the plain arrangement, whatever the strategy.
 *
 * <pre>{@code
 * ModelSpec spec = new ModelSpec("resnet", new ModelSpec.Size(3, 16), 1, new ModelSpec.Images(32, 32, 3, 10), DType.FLOAT);
 * Model model = Model.create(spec, Strategy.parse("checkpoint"), scope, seed);
 * Variable logits = model.logits(images);
 * }</pre>
 */
public final class Model {
    private final List<Technique> techniques;
    private final TechniqueSettings settings;
    private final int countsPerBlock;
    private final Module module;
    private final Taps taps;
    private final int fusedPairs;
    private final Map<String, Parameter> parameters;
    private final Map<String, Tensor> buffers;

    private Model(
            ModelSpec spec,
            String strategy,
            List<Technique> techniques,
            Map<String, String> words,
            @Nullable StepOutline step,
            ParameterFactory factory) {
        Architecture architecture = spec.architecture();
        this.countsPerBlock = architecture.countsPerBlock(spec);
        this.taps = new Taps();
        Part structure = architecture.describe(spec, new Layers(factory, spec.slope(), taps));
        Module plain = structure.build();
        this.parameters = new LinkedHashMap<>(plain.parameters());
        this.buffers = new LinkedHashMap<>(plain.buffers());
        this.techniques = techniques;
        this.settings = settings(spec, factory, words, step);
        Part arranged = structure;
        for (Technique technique : techniques) {
            Fit.require(spec, strategy, technique.refusal(structure, settings), technique);
            Part before = arranged;
            arranged = together(spec, strategy, () -> technique.arrange(before, settings));
        }
        this.module = together(spec, strategy, arranged::build);
        this.fusedPairs = module instanceof PlannedModule planned
                ? pairsInPlace(planned.plan())
                : structure.all(Pair.class).size() - arranged.all(Pair.class).size();
    }

    private static int pairsInPlace(Plan plan) {
        return (int) plan.ways().stream()
                .filter(way -> List.of(way.split("\\+", -1)).contains("abn"))
                .count();
    }

    /** Techniques may not go together, which shows when one finds what the other has arranged, or builds with it. */
    private static <T> T together(ModelSpec spec, String strategy, Supplier<T> making) {
        try {
            return making.get();
        } catch (IllegalArgumentException e) {
            throw new UserException("strategy " + strategy + " does not fit " + spec.name() + ": " + e.getMessage());
        }
    }

    static TechniqueSettings settings(
            ModelSpec spec, ParameterFactory factory, Map<String, String> words, @Nullable StepOutline step) {
        return new TechniqueSettings(
                factory,
                Map.of(
                        "modules",
                        spec.modules(),
                        "anchor-every",
                        spec.reversal().anchorEvery()),
                words,
                step);
    }

    /**
     * Makes a model: the same seed gives the same weights under every strategy.
     *
     * @throws org.backpropaganda.experiments.UserException if the strategy does not fit the model
     */
    public static Model create(ModelSpec spec, Strategy strategy, TensorScope scope, long seed) {
        return new Model(
                spec,
                strategy.toString(),
                strategy.techniques(),
                strategy.words(),
                strategy.step(),
                new ParameterFactory(scope, spec.dtype(), seed));
    }

    /**
     * Makes a model under techniques that nobody finds by name, as one that is told more than settings: the same seed gives
     * the same weights.
     *
     * @param techniques in the order of their application, from the inside out
     * @throws org.backpropaganda.experiments.UserException if one does not fit the model
     */
    public static Model create(ModelSpec spec, List<Technique> techniques, TensorScope scope, long seed) {
        String names = techniques.stream().map(Technique::name).collect(Collectors.joining("+"));
        return new Model(spec, names, techniques, Map.of(), null, new ParameterFactory(scope, spec.dtype(), seed));
    }

    /**
     * Gets ready for the steps of a run: what becomes of the tensors that they save.
     *
     * @param scope lives as long as the run
     */
    public ModelSavings open(TensorScope scope) {
        return ModelSavings.open(techniques, settings, scope);
    }

    /** The arranged module. */
    public Module module() {
        return module;
    }

    /** The plan that the model is executed by, if its strategy is one. */
    public Optional<Plan> plan() {
        return module instanceof PlannedModule planned ? Optional.of(planned.plan()) : Optional.empty();
    }

    /** Logits [B, classes] of images [B, H, W, C], in evaluation. */
    public Variable logits(Variable images) {
        return module.call(images);
    }

    /**
     * Logits [B, classes] of images [B, H, W, C], in training.
     *
     * @param labels [B] of INT, for learners beside the model where the strategy has any
     */
    public Variable logits(Variable images, Variable labels) {
        List<Variable> inputs = module instanceof LocallyTrained ? List.of(images, labels) : List.of(images);
        return module.call(inputs).get(0);
    }

    /** The steps by which the model trains, if it has steps of its own. */
    public Optional<TrainingSteps> steps(TrainingSteps.Settings settings) {
        return module instanceof SelfTrained own ? Optional.of(own.steps(settings)) : Optional.empty();
    }

    /** The model's parameters; those of learners beside it are not among them. */
    public Map<String, Parameter> parameters() {
        return parameters;
    }

    /** The model's buffers. */
    public Map<String, Tensor> buffers() {
        return buffers;
    }

    /** The learners beside the model in order, as gradient predictors, if the strategy has any. */
    public List<? extends Module> predictors() {
        return module instanceof LocallyTrained local ? local.learners() : List.of();
    }

    /** The parameters of {@link #predictors}. */
    public List<Parameter> predictorParameters() {
        return predictors().stream()
                .flatMap(each -> each.parameters().values().stream())
                .toList();
    }

    /** What a run listens to. */
    public Taps taps() {
        return taps;
    }

    /** How many evaluations of whole blocks the counted functions amount to. */
    public double blockEvaluations(long counted) {
        return (double) counted / countsPerBlock;
    }

    /** How many pairs of batch norm and activation, or planned blocks with such, are one layer under the strategy. */
    public int abnPairs() {
        return fusedPairs;
    }
}
