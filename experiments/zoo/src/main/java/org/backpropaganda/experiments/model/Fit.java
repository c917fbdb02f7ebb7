package org.backpropaganda.experiments.model;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.experiments.UserException;
import org.jspecify.annotations.Nullable;

/**
 * Whether a model can be trained under a strategy, and on this machine: asked before hours are spent on drawing weights.
 * Layers are made in an engine without memory, which takes milliseconds and no bytes of theirs.
 */
public final class Fit {
    private static final String REVERSIBLE = "reversible";
    private static final String OFFLOAD = "offload";
    private static final String OFFLOAD_DIR = "offload-dir";
    private static final String PREDICTOR = "predictor";
    private static final List<String> PREDICTING = List.of("decoupled", "dni", "cdni", "bp-lambda");
    private static final String UPDATE_PROBABILITY = "update-probability";
    private static final List<String> UPDATING =
            List.of("decoupled", "dni", "cdni", "dgl", "local", "mono-forward", "ddg", "fr", "petra");
    private static final double GIBIBYTE = 1L << 30;

    private Fit() {}

    /**
     * Checks that a strategy fits a model. Whether a plan fits its budget is seen where the run's own images are known: others
     * take other bytes.
     *
     * @throws UserException that says why it does not
     */
    public static void check(ModelSpec spec, Strategy strategy) {
        for (Technique technique : strategy.techniques()) {
            require(spec, strategy.toString(), refusal(spec, technique, strategy.words(), strategy.step()), technique);
        }
        if (!strategy.isPlanned()) {
            arrange(spec, strategy);
        }
    }

    /**
     * Checks that what is asked for beside strategies is asked of one that can do it: anchors, a directory to offload to, a kind of gradient
     * predictors, a probability of updates.
     *
     * @throws UserException that says that none can
     */
    public static void checkSettings(ModelSpec spec, List<Strategy> strategies) {
        int every = spec.reversal().anchorEvery();
        if (every > 0 && strategies.stream().noneMatch(each -> each.has(REVERSIBLE))) {
            throw new UserException("anchor-every " + every + " is for the strategy " + REVERSIBLE
                    + ", and no other keeps anchors; choose that, or leave --anchor-every out");
        }
        if (strategies.stream().anyMatch(each -> each.words().containsKey(OFFLOAD_DIR))
                && strategies.stream().noneMatch(each -> each.has(OFFLOAD) || each.isPlanned())) {
            throw new UserException(OFFLOAD_DIR + " is for the strategy " + OFFLOAD
                    + ", and no other writes there; choose that, or leave --" + OFFLOAD_DIR + " out");
        }
        if (strategies.stream().anyMatch(each -> each.words().containsKey(PREDICTOR))
                && strategies.stream().noneMatch(Fit::predicts)) {
            throw new UserException(PREDICTOR + " is for the strategies " + String.join(", ", PREDICTING)
                    + ", and no other predicts gradients; choose one of them, or leave --" + PREDICTOR + " out");
        }
        if (strategies.stream().anyMatch(each -> each.words().containsKey(UPDATE_PROBABILITY))
                && strategies.stream().noneMatch(each -> UPDATING.stream().anyMatch(each::has))) {
            throw new UserException(UPDATE_PROBABILITY + " is for the strategies " + String.join(", ", UPDATING)
                    + ", and in no other do modules learn apart from one another; choose one of them, or leave --"
                    + UPDATE_PROBABILITY + " out");
        }
        if (strategies.stream().anyMatch(each -> each.words().containsKey(Strategy.ALLOW))
                && strategies.stream().noneMatch(each -> each.isPlanned())) {
            throw new UserException(Strategy.ALLOW + " is for the strategy " + Strategy.PLAN
                    + ", and no other chooses techniques; choose that, or leave --" + Strategy.ALLOW + " out");
        }
    }

    /** Whether modules learn from predicted gradients under a strategy. */
    public static boolean predicts(Strategy strategy) {
        return PREDICTING.stream().anyMatch(strategy::has);
    }

    /** Whether a strategy fits a model. */
    public static boolean fits(ModelSpec spec, Strategy strategy) {
        try {
            check(spec, strategy);
            return true;
        } catch (UserException e) {
            return false;
        }
    }

    /** Techniques that do not go together show when they arrange the same model. */
    private static void arrange(ModelSpec spec, Strategy strategy) {
        try (Engine engine = Engine.withoutMemory()) {
            Model.create(spec, strategy, engine.scope(""), 0);
        }
    }

    private static Optional<String> refusal(
            ModelSpec spec, Technique technique, Map<String, String> words, @Nullable StepOutline step) {
        try (Engine engine = Engine.withoutMemory()) {
            ParameterFactory factory = new ParameterFactory(engine.scope(""), spec.dtype(), 0);
            Part structure = spec.architecture().describe(spec, new Layers(factory, spec.slope(), new Taps()));
            TechniqueSettings settings = Model.settings(spec, factory, words, step);
            return technique.refusal(structure, settings);
        }
    }

    static void require(ModelSpec spec, String strategy, Optional<String> refusal, Technique technique) {
        if (refusal.isPresent()) {
            List<String> others = Architectures.all().stream()
                    .map(Architecture::name)
                    .filter(name -> takes(name, spec, technique))
                    .toList();
            throw new UserException("strategy " + strategy + " does not fit " + spec.name() + ": " + refusal.get()
                    + (others.isEmpty() ? "" : "; of the models, " + String.join(", ", others) + " can"));
        }
    }

    private static boolean takes(String name, ModelSpec spec, Technique technique) {
        try {
            ModelSpec other = new ModelSpec(
                    name,
                    new ModelSpec.Size(spec.depth(), spec.width()),
                    spec.modules(),
                    spec.images(),
                    spec.dtype(),
                    spec.slope());
            return refusal(other, technique, Map.of(), null).isEmpty();
        } catch (UserException e) {
            return false;
        }
    }

    /** Bytes of the model's parameters. */
    public static double weightBytes(ModelSpec spec) {
        try (Engine engine = Engine.withoutMemory()) {
            Model model = Model.create(spec, Strategy.PLAIN, engine.scope(""), 0);
            double bytes = 0;
            for (Parameter parameter : model.parameters().values()) {
                bytes += parameter.value().bytes();
            }
            return bytes;
        }
    }

    /**
     * Checks that weights and their gradients fit into memory.
     *
     * @param memory bytes of the machine
     * @throws UserException that says how much they take
     */
    public static void checkMemory(ModelSpec spec, long memory) {
        double needed = 2 * weightBytes(spec);
        if (needed > memory) {
            throw new UserException(String.format(
                    Locale.ROOT,
                    "depth %d and width %d make %.1f GiB of weights and gradients, and this machine has %.1f GiB;"
                            + " choose a smaller --width or --depth",
                    spec.depth(),
                    spec.width(),
                    needed / GIBIBYTE,
                    memory / GIBIBYTE));
        }
    }
}
